"""Every sentence and label of the pages, in English. Texts in capitals with {fields} are filled in by str.format."""

PRODUCT = "Homegrown"
CHAT, MEMORY, LEARNING, MACHINE, HELP = "Chat", "Memory", "Learning", "Machine", "Help"

# the door
START_AGAIN = "Run “make run” again (on Windows: run.cmd); it opens a fresh page."
NOT_SIGNED_IN = f"This browser is not signed in. {START_AGAIN}"
OLD_LINK = f"This link was used already, or is too old. {START_AGAIN}"
WRONG_ADDRESS = "Homegrown answers only at the address it printed when it started."
FOREIGN_PAGE = "Another page asked for this, so it was refused. Open Homegrown itself."
NO_SUCH_PAGE = "There is no such page. Go back to the start page."
TOO_LARGE = "That is too much at once; send less than a million characters."
DOOR_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Homegrown</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root{{color-scheme:light dark}}
body{{font:17px/1.6 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem}}
h1{{font-size:1.4rem}}</style><main><h1>Homegrown</h1><p>{sentence}</p></main></html>"""

# chat
NEW_CONVERSATION = "New conversation"
CONVERSATIONS = "Conversations"
NO_CONVERSATIONS = "Your conversations will be listed here."
DELETE = "Delete"
DELETE_CONVERSATION = "Delete this conversation? What you taught in it is kept under Learning."
PERSONA = "How should your model speak to you?"
PERSONA_HINT = "For example: Be brief. Call me Sam. Explain things with cooking."
PERSONA_SAVED = "Saved. It holds from the next reply on."
PERSONA_TOO_LONG = "That is too long; keep it below {limit:,} characters."
SAVE, CANCEL, UNDO, COPY, SEND, STOP = "Save", "Cancel", "Undo", "Copy", "Send", "Stop"
MESSAGE = "Message"
ASK = "Write to your model"
SMALL_PRINT = "It runs on this machine and can be wrong. Enter sends, Shift+Enter makes a new line."
WELCOME = "What is on your mind?"
WELCOME_MORE = (
    "Nothing you write here leaves this machine. Rate and rewrite replies, and your model learns from them at night."
)
YOU_SAID, MODEL_SAID = "You said:", "Your model said:"
SHOW_EARLIER = "Show earlier"
GOOD, BAD = "Good reply", "Bad reply"
CHOSEN = "(chosen)"
BETTER, REGENERATE = "Write it better", "Regenerate"
PREVIOUS_REPLY, NEXT_REPLY, PLACE = "Previous reply", "Next reply", "{place} of {count}"
BETTER_LABEL = "What should it have said?"
COMMENT, COMMENT_LABEL = "Add a comment", "What was wrong with it? (optional)"
REASONS = {
    "too long": "Too long",
    "wrong": "Wrong",
    "not my style": "Not my style",
    "did not follow": "Did not follow",
    "refused": "Refused",
}
WHY = "What was wrong? (optional)"
WILL_LEARN = "Will be learnt tonight ({waiting} waiting)."
WILL_LEARN_ONCE = "Will be learnt once {needed} corrections wait ({corrections} so far)."
WILL_LEARN_ALONG = "Will be learnt along with corrections, once {needed} of them wait ({corrections} so far)."
LEARNT = "Learnt: your model already serves with this."
NOTED = "Noted. Write it better, and your model can learn from it."
SUPERSEDED = "Kept, but a later word of yours on the same question counts."
PARKED = "Parked when its version was rolled back."
YOUR_VERSION = "Your version:"
STOPPED = "You stopped this reply."
BROKE_OFF = "This reply broke off. Regenerate to get a whole one."
TOO_LONG = "The reply reached its longest length. Ask it to go on."
THINKING = "Thinking"
IN_QUEUE = {1: "1 before you"}
IN_QUEUE_MANY = "{place} before you"
ENGINE_STARTING = "The model is starting; the reply begins when it is ready"
ENGINE_RESTARTING = "The model is being restarted; this takes a few seconds"
LEARNT_SOMETHING = "Your model learnt something at {time}: next replies use version {version}."
ROLLED_BACK = "Next replies use {version}."
BASE_MODEL = "the model as it came"
SEE_WHAT = "See what"
RELOAD = "This page is out of date; reload it."
DEFECT = "Something went wrong in Homegrown itself; the log in the home folder says what. Try again."

# memory
MEMORY_INTRO = (
    "Facts about you, in your own words. All that are switched on are read by your model beside your newest message. "
    "They are text, not learnt: change or delete them at any time."
)
MEMORY_NEW = "A fact about you"
MEMORY_HINT = "For example: I am vegetarian."
ADD = "Add"
EDIT, EDIT_LABEL = "Edit", "The fact"
SWITCH_OFF, SWITCH_ON = "Switch off", "Switch on"
OFF = "off"
DELETE_MEMORY = "Delete this fact? It is also taken out of past conversations."
NO_MEMORIES = "Nothing yet. Add what your model should know about you."

# learning
LEARNING_INTRO = (
    "What you rated and rewrote becomes a lesson. At night your model learns the lessons and sits an exam; "
    "only if it got better does the new version serve."
)
WAITING_TITLE = "Waiting lessons"
NO_WAITING = "No lesson is waiting. Rate replies, or write them better, and they appear here."
KEPT_TITLE = "Learnt, and set aside"
LEARN_NOW = "Learn now"
LEARN_STARTED = "Learning has begun. You can go on chatting; it waits while your model answers."
LEARN_CANCELLED = "The night is being called off; what serves now goes on serving."
TEACHES_CORRECTION = "teaches: answer like this"
TEACHES_UP = "teaches: more like this"
FROM_CHAT, FROM_IMPORT = "from a chat", "imported"
DELETE_LESSON = "Forget this lesson? The next version will never have seen it."
FORGET = "Forget"
LAST_NIGHT = "The last night"
NO_NIGHT = "Your model has not learnt yet."
OUTCOMES = {
    "published": "Learnt",
    "provisional": "Learnt, on trial",
    "refused": "Refused: the old version goes on serving",
    "nothing new": "Nothing new",
    "too few": "Too few lessons",
    "deferred": "Put off",
    "failed": "Broke off: nothing was changed",
}
CHECKS = "The exam"
REHEARSALS = "Rehearsals, each examined on lessons it had not seen"
NEW_VERSION = "The new version, trained on all lessons"
PASSED, FAILED, MEASURED = "passed", "not passed", "measured"
BEFORE_AFTER = "Before and after, on questions it was not taught"
BEFORE, AFTER = "Before", "After"
VERSIONS = "Versions"
SERVING = "serving"
ROLL_BACK = "Go back to this"
ROLL_BACK_SURE = "Go back to this version? Lessons learnt after it are parked."
NO_VERSIONS = "There is only the model as it came. Each night that passes its exam adds a version."
LESSONS_USED = "{used} used, {skipped} set aside, {superseded} replaced by later ones"

# machine
OWNER_ONLY = "Only the owner of this home sees the state of the machine."
RESTART_ENGINE = "Restart the engine"
RESTARTING = "The engine is being restarted."
SPEED_PLOT = "Tokens per second of the last {count} replies"
FIRST_PLOT = "Seconds to the first token of the last {count} replies"
NO_SPEEDS = "No reply yet."
MACHINE_INTRO = "What runs on this machine, and how it is doing. It shows numbers and dates, never what anybody wrote."
BACK_ONE = "Go back one version"
RELEASE = "Learn it again"

# help
HELP_INTRO = (
    "Homegrown is a model of your own. It runs on this machine, and learns from what you tell it about its replies."
)
HELP_PARTS = {
    "Chat": (
        "Write in the box and press Enter. Stop ends a reply; what is there is kept. Regenerate asks for another one. "
        "Conversations are listed at the side; a reload or a restart shows everything as it was."
    ),
    "Teach": (
        "Best is “Write it better”: change the reply into what you wanted, and save. A thumb up says: more like this. "
        "A thumb down by itself teaches nothing yet, but its reasons are kept. Undo takes any of it back."
    ),
    "At night": (
        "When the machine is idle and has power, your model learns the waiting lessons, at least five. "
        "Then it sits an exam: only if it does better on lessons it has not seen, and nothing else got worse, "
        "the new version serves. "
        "“Learn now” on the Learning page does not wait for the night."
    ),
    "Take back": (
        "Under Learning you can forget a lesson, or go back to an older version or to the model as it came. "
        "A forgotten lesson is not in the next version at all: each night starts afresh from the model as it came."
    ),
    "Memory": (
        "Facts about you stand on the Memory page, as text. Your model reads them beside your newest message. "
        "Habits, such as tone, length and form, are learnt instead."
    ),
    "Where it all lies": (
        "In one folder on this machine; nothing is sent anywhere. The small model that comes with Homegrown "
        "knows little and can be wrong: check what matters. It speaks English best."
    ),
}

SCRIPT = {  # what the page's own script says
    "save": SAVE,
    "cancel": CANCEL,
    "copied": "Copied.",
    "writing": "Your model is writing.",
    "complete": "The reply is complete.",
    "better": BETTER_LABEL,
    "comment": COMMENT_LABEL,
    "edit": EDIT_LABEL,
    "closed": f"Homegrown is not running. {START_AGAIN}",
    "signedOut": f"This page is signed out. {START_AGAIN}",
}
