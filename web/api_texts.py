"""Every sentence of the programming interface and of its part of the machine page, in English."""

# answers to programs
NO_PAGES = "A browser page asked for this, so it was refused: only programs of this machine may use a key."
NO_KEY = "A key is missing: send “Authorization: Bearer hg-…”. Make one on Homegrown's Machine page."
WRONG_KEY = "This key opens nothing here; make one on Homegrown's Machine page."
TOO_MANY_WRONG = "Too many requests with wrong keys; check the key, and try again in a minute."
LOCKED = "The person this key belongs to is locked; sign in to Homegrown first."
REVOKED = "The key was revoked while the reply was being written."
NO_ROUTE = "There is nothing at {path}; there are /v1/models and /v1/chat/completions."
WRONG_METHOD = "{path} takes {method} only."
NO_MODEL = "There is no model {name!r} here; ask for {model!r}."
BUSY = "{count} requests of this person are under way or waiting already; try again when one is done."
DEFECT = "Something went wrong in Homegrown itself; the log in the home folder says what."

# what is wrong with a request
NOT_JSON = "The body must be one JSON object in UTF-8."
MISSING = "{param} is missing."
WRONG_TYPE = "{param} must be {wanted}."
UNSUPPORTED = "{param} is not supported here; leave it out."
NO_MESSAGES = "messages must be a list with at least one message."
WRONG_ROLE = "{param} must be one of system, developer, user and assistant."
NO_PARTS = "{param} must be text: this model reads nothing else."
HALF_CHARACTER = "{param} holds half of a character; send whole ones."
ENDS_WITH_REPLY = "The last message must not be the assistant's: there would be nothing to answer."
NOTHING_TO_ANSWER = "The last message is empty; there is nothing to answer."

# the section of the machine page
PROGRAMS = "Other programs"
PROGRAMS_INTRO = (
    "An editor, a note book or a script on this machine can talk to your model, as if it were OpenAI's service. "
    "Each program needs a key of yours. What it asks is neither kept nor learnt."
)
KEY_NAME, KEY_HINT = "Which program is it for?", "For example: my editor"
KEY_MEMORY = "It may use my memory"
KEY_MEMORY_WHAT = (
    "Its questions are then answered with your facts, and with corrections that are not learnt yet: "
    "so it may come to know them."
)
MAKE_KEY = "Make a key"
KEY_MADE = "The key of {name}, shown only now. Copy it into the program:"
COPY_KEY = "Copy the key"
NO_KEYS = "No key yet: no other program can ask your model."
KEY_WITH_MEMORY, KEY_WITHOUT_MEMORY = "May use your memory", "Without your memory"
KEY_SINCE, KEY_USED, KEY_UNUSED = "made {day}", "last used {day}", "never used"
TODAY = "today"
REVOKE = "Revoke"
REVOKE_SURE = "Revoke this key? The program can no longer ask your model."
REVOKED_NOW = "The key is revoked; it opens nothing any more."
HOW = "How to use it"
HOW_ADDRESS = "Wherever a program asks for the address of an OpenAI-compatible service (its “base URL”), give:"
HOW_MODEL = "The model is called “{model}”."
HOW_CURL, HOW_PYTHON = "From a terminal:", "From Python:"
