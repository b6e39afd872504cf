"""Every sentence and label of the pages, in English. Texts in capitals with {fields} are filled in by str.format."""

PRODUCT = "Homegrown"
CHAT, MEMORY, LEARNING, MACHINE, HELP = "Chat", "Memory", "Learning", "Machine", "Help"

# the door
OPEN_AGAIN = "Run “make run” once more, in a second terminal (on Windows: run.cmd): it opens a fresh page."
NOT_SIGNED_IN = f"This browser is not signed in. {OPEN_AGAIN}"
OLD_LINK = f"This link was used already, or is too old. {OPEN_AGAIN}"
WRONG_ADDRESS = "Homegrown answers only at the address it printed when it started."
FOREIGN_PAGE = "Another page asked for this, so it was refused. Open Homegrown itself."
NO_SUCH_PAGE = "There is no such page."
TOO_LARGE = "That is too much at once; send less than a million characters."
TOO_SLOW = "That took too long to arrive; try again."
STRANGE_REQUEST = "No page of Homegrown sends that; reload the page and try again."

# chat
NEW_CONVERSATION = "New conversation"
CONVERSATIONS = "Conversations"
NO_CONVERSATIONS = "Your conversations will be listed here."
DELETE = "Delete"
DELETE_CONVERSATION = "Delete this conversation? What you taught in it is kept under Learning."
LESSONS_STAY = "The conversation is deleted. Lessons from it that stay: {count}. You can forget them under Learning."
PERSONA = "How should your model speak to you?"
PERSONA_HINT = "For example: Be brief. Call me Sam. Explain things with cooking."
PERSONA_SAVED = "Saved. It holds from the next reply on."
PERSONA_TOO_LONG = "That is too long; keep it below {limit:,} characters."
SAVE, CANCEL, UNDO, COPY, SEND, STOP = "Save", "Cancel", "Undo", "Copy", "Send", "Stop"
MESSAGE = "Message"
ASK = "Write to your model"
SMALL_PRINT, KEYS = "It runs on this machine and can be wrong.", "Enter sends, Shift+Enter makes a new line."
WELCOME = "What is on your mind?"
WELCOME_MORE = (
    "Nothing you write here leaves this machine. Rate and rewrite replies, and your model learns from them at night."
)
WELCOME_LIMITS = "It can be wrong: check what matters, above all about health, law and money."
CONVERSATION = "Conversation"
YOU_SAID, MODEL_SAID = "You said:", "Your model said:"
SHOW_EARLIER = "Show earlier"
GOOD, BAD = "Good reply", "Bad reply"
CHOSEN = "(chosen)"
BETTER, REGENERATE = "Write it better", "Regenerate"
BETTER_THAN_OTHER, BETTER_THAN_OTHERS = "Better than the other", "Better than the others"
PREVIOUS_REPLY, NEXT_REPLY, PLACE = "Previous reply", "Next reply", "{place} of {count}"
BETTER_LABEL = "What should it have said?"
ACTING = {1: "1 lesson is shown to your model until it is learnt."}
ACTING_MANY = "{count} lessons are shown to your model until they are learnt, the most fitting first."
ACTING_NONE = "Lessons are shown to your model from the next reply on, until they are learnt."
ACTING_OFF = "Lessons that are not learnt yet are not shown to your model."
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
WILL_LEARN_ONCE = "Will be learnt at night once {needed} replies are rewritten ({corrections} so far)."
WILL_LEARN_ALONG = (
    "Will be learnt at night once {needed} replies are rewritten ({corrections} so far), "
    "or once {thumbs} have a thumb up and {thumbs} a thumb down."
)
LEARNT = "Learnt: your model already serves with this."
NOTED = "Noted. Write it better, and your model can learn from it."
SECRET = "This looks as if it held a password, a key or a card number. It is kept, but not learnt until you allow it."
ALLOW = "Learn it anyway"
IN_PART = "Only about the first page of it is learnt."
NOT_LEARNT = "Not learnt: {reason}."
SUPERSEDED = "Kept, but a later word of yours on the same question counts."
PARKED = "Parked when its version was rolled back."
YOUR_VERSION = "Your version:"
STOPPED = "You stopped this reply."
BROKE_OFF = "This reply broke off. Regenerate to get a whole one."
TOO_LONG = "The reply reached its longest length. Ask it to go on."
THINKING, READING = "Thinking", "Reading: {share} %"
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
    "Facts about you, in your own words. Your model reads those that your newest message is about, and pinned ones. "
    "They are text, not learnt: change or delete them at any time."
)
ADD = "Add"
EDIT, EDIT_LABEL = "Edit", "The fact"
SWITCH_OFF, SWITCH_ON = "Switch off", "Switch on"
OFF = "off"
DELETE_MEMORY = "Delete this fact? It is also taken out of past conversations."
PROPOSALS = "Shall your model remember this?"
KEEP_FACT, REFUSE_FACT, SAID_THERE = "Keep", "No", "Where you said it"
MORE_PROPOSALS = "{count} more on the Memory page"
INSTEAD_OF = "Instead of: {text}"
REMEMBERED = "Remembered: {text}"
OBSERVE_MODES = {
    "ask": "What you say about yourself is proposed here ten minutes after a conversation; you decide.",
    "keep": "What you clearly say about yourself is remembered by itself after ten minutes; the rest waits for a tap.",
    "off": "Nothing you say is noticed. “Remember that I …” still works.",
}
OBSERVE_CHOICES = {"ask": "Ask me", "keep": "Keep automatically", "off": "Switch off"}
OFF_RECORD = "Off the record: nothing said here is remembered or learnt, and your model is not told what is known."
OFF_RECORD_TITLE = "Off the record"
STAYS_OFF_RECORD = "What was said off the record stays so. Begin a new conversation."
GO_OFF_RECORD, ON_RECORD_AGAIN = "Take this off the record", "Back on the record"

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
TEACHES = {  # by Lesson.signal
    "correction": "teaches: answer like this",
    "preference": "teaches: rather this than the other",
    "up": "teaches: more like this",
    "down": "teaches: less like this",
}
SOURCES = {"chat": "from a chat", "import": "imported", "vote": "from a vote between two versions"}
RATHER_THAN = "rather than:"
SHOW_ALL = "Show all {count}"
DELETE_LESSON = "Forget this lesson? The next version will never have seen it."
FORGET = "Forget"
RELEASE = "Learn it again"
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
KEEP, KEPT_VERSION = "Keep it", "You keep this version."
GO_BACK = "Go back to the version before"
LESSON_GONE = "A lesson that you have forgotten since."
CHECKS = "The exam"
PASSED, FAILED, MEASURED = "passed", "not passed", "measured"
BEFORE_AFTER = "Before and after, on questions it was not taught"
BEFORE, AFTER = "Before", "After"
EXAMINE = "How am I doing?"
EXAM_STARTED = "The exam has begun. You can go on chatting; it waits while your model answers."
EXAM_CANCELLED = "The exam is being called off; nothing of it is kept."
INTERVALS = "A 95 % interval says where the share of all such lessons lies, as far as this many can tell."
SERVING_EXAM = "The version that serves"
VOTE_TITLE = "Old me or new me?"
VOTE_INTRO = (
    "Ask one question; your version now and the one before both answer, in random order and without their names. "
    "Your choice becomes a lesson. Nothing is kept before you choose."
)
VOTE_ALONE = "There is only the model as it came so far; after the first night that passes, two can be compared."
VOTE_QUESTION, VOTE_HINT = "A question for both", "For example something you often ask"
VOTE_EMPTY = "There is nothing to ask yet; type a question, or take a suggested one."
SUGGEST, ASK_BOTH = "Suggest one", "Ask both"
VOTE_WRITING = "Both answer, one after the other"
VOTE_ONE, VOTE_TWO = "One", "The other"
VOTE_ALIKE = "Both gave the same answer, so there is nothing to choose. Ask something else."
NO_ANSWER = "It said nothing."
PREFER, NEITHER, PREFERRED = "I prefer this one", "Neither is better", "you preferred this"
NEW_ME, OLD_ME = "New: {version}", "Old: {version}"
VOTE_KEPT = "Your choice is kept as a lesson."
TALLY = "So far the newer version was preferred in {newer} of {total} votes."
OVER_NIGHTS = "Over the nights"
PLOT_CROSS_FIT = "Right on lessons it had not seen"
PLOT_GENERAL = "Loss on ordinary English"
PLOT_ROWS = "Lessons used"
PLOT_MINUTES = "Minutes"
PLOT_LEGEND = (
    "A dot is a night that passed its exam, a cross one that was refused. "
    "Loss is against the model as it came: lower is better."
)
PLOT_NOTHING = "Not measured yet."
PLOT_SUMMARY = "{title}: {count} nights, last {last}, lowest {least}, highest {most}; {refused} of them refused"
PLOT_TABLE, PLOT_NIGHT = "The numbers", "Night"
OUTCOMES_SHORT = {"published": "learnt", "provisional": "on trial"}
VERSIONS = "Versions"
SERVING = "serving"
ITS_EXAM, ITS_LESSONS = "Its exam", "Its lessons"
LESSON_COUNT = "{count} lessons"
OF_ANOTHER_MODEL = "made for another model; it serves again when that one does"
ROLL_BACK = "Go back to this"
ROLL_BACK_SURE = "Go back to this version? It serves from the next reply on."
ROLL_BACK_PARKS = (
    "Go back to this version? {count} lessons that it has not learnt are parked: they teach nothing until you "
    "let them be learnt again, or forget them."
)
PARKS = "going back parks {count} lessons"
WENT_BACK = "{version} serves from the next reply on."
WENT_BACK_PARKED = "{version} serves from the next reply on; {count} lessons are parked."
NO_VERSIONS = "There is only the model as it came. Each night that passes its exam adds a version."

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
        "A thumb down says: less like this; it is learnt once there are good replies too. After “Regenerate” you can "
        "say which reply is better than the others. Undo takes any of it back. A lesson acts from the next reply on: "
        "until it is learnt, your model is shown the most fitting ones again. Learning has the switch for that."
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
    "product": PRODUCT,
    "chat": CHAT,
    "skip": "Skip to the page itself",
    "save": SAVE,
    "cancel": CANCEL,
    "copied": "Copied.",
    "writing": "Your model is writing.",
    "complete": "The reply is complete.",
    "better": BETTER_LABEL,
    "comment": COMMENT_LABEL,
    "edit": EDIT_LABEL,
    "closed": "Homegrown is not running. Start it with “make run” (on Windows: run.cmd); what is stored is safe.",
    "signedOut": f"This page is signed out. {OPEN_AGAIN}",
}
