"""What the pages say about memories that were sent, and about a person in brief."""

USED, USED_NONE = "Shown to your model: {what}", "What your model was told"
MEMORIES, MEMORIES_MANY = {1: "1 memory"}, "{count} memories"
LESSONS, LESSONS_MANY = {1: "1 lesson"}, "{count} lessons"
USED_LESSONS = "Lessons are shown until they are learnt. The switch for that is under"
MADE, MADE_MANY, MADE_HERE = {1: "1 fact remembered"}, "{count} facts remembered", "Remembered from your words here:"
USED_ABOUT = "And what stands under"
USED_GONE = "A memory that was used here has been deleted since."
USED_GONE_MANY = "{count} memories that were used here have been deleted since."
USED_CHANGED = "Changed. The reply was written with the old text."
USED_MUTED = "Switched off. It is kept on the Memory page."
MUTE = "Switch off"

NEW, NEW_HINT = "A fact about you", "For example: I am vegetarian."
NO_MEMORIES = "Nothing yet. Add what your model should know about you."

PIN, UNPIN = "Pin", "Unpin"
PINNED = "always sent"

ABOUT = "About you, in brief"
ABOUT_INTRO = (
    "Your model reads this at the beginning of every conversation: pinned facts, and those it needs most often. It is "
    "made anew once a day, unless you write it yourself. Leave it empty and save, and nothing stands there."
)
ABOUT_SAVE, ABOUT_RENEW = "Save", "Make it from my memories"
ABOUT_OWN = "You have written this yourself."
ABOUT_SAVED = "Saved. It counts from your next message on."
ABOUT_RENEWED = "Made from your memories."

DELETE_ASK = "Delete “{text}”? It goes from the disk and out of past conversations. This cannot be undone."
DELETE_ASK_MERGED = (
    "Delete “{text}”, and the {count} facts it was merged from? They go from the disk and out of past conversations. "
    "This cannot be undone."
)

KINDS = {
    "name": "Name",
    "person": "People",
    "place": "Places",
    "work": "Work",
    "health": "Health",
    "like": "Likes",
    "plan": "Plans",
    "device": "Devices",
    "other": "Other",
}
SEARCH, SEARCH_HINT = "Search your facts", "Words, or what it is about"
KIND, AGE, STATE = "About", "Known for", "State"
ANY_KIND, ANY_AGE, ANY_STATE = "Anything", "Any time", "All"
AGES = {"week": "Up to a week", "month": "Up to 30 days", "year": "Up to a year", "older": "Longer than a year"}
STATES = {
    "sent": "Switched on",
    "pinned": "Always sent",
    "off": "Switched off",
    "expired": "Time is over",
    "replaced": "Replaced or merged",
}
COUNT, COUNT_ONE, COUNT_FOUND = "{total} facts", "1 fact", "{found} of {total} facts"
NONE_FOUND = "No fact holds these words. Try others, or choose “Anything”, “Any time” and “All”."
LIKE_IT = "Similar in meaning"
MORE = "Show more"

SINCE = "since {day}"
UNTIL, ENDED = "until {day}", "was so until {day}"
REPLACED_BY, MERGED_INTO = "replaced by: {text}", "merged into: {text}"
REPLACED_GONE = "replaced by a fact that you have deleted since"

WHY = "Why do you think so?"
WHY_TYPED = "You wrote it here yourself on {day}."
WHY_ASKED = "You asked for it to be remembered on {day}."
WHY_CONFIRMED = "You said it on {day}, and kept it when you were asked."
WHY_OBSERVED = "You said it on {day}; it was kept automatically."
WHY_GONE = "The conversation in which you said it has been deleted since."
WHY_BROUGHT = "It came with your import of {origin} on {day}."
WHY_MERGED = "You merged it on {day} out of:"
WHY_MERGED_GONE = "You merged it on {day} out of facts that are not kept any more."
SHOW_WHERE = "Show where"
ORIGINS = {
    "ChatGPT": "ChatGPT’s export",
    "Open WebUI": "Open WebUI’s list",
    "Homegrown": "a list that Homegrown had saved",
    "text": "a text",
}

MERGE, MERGE_WITH = "Merge", "Merge with this"
SCRIPT = {"merge": "The fact that both become"}  # what the page's own script says
MERGE_STOP = "Do not merge"
MERGING = "Choose the fact to merge with “{text}”. Search helps to find it."
MERGED = "Merged. The two are kept, switched off, and go when you delete this one."

MEMORY_ON = "Your model reads these facts."
MEMORY_OFF = (
    "Memory is switched off: your model is told none of this, and nothing you say is noticed. A conversation that is "
    "going on still holds what was told in it before."
)
TURN_OFF, TURN_ON = "Switch memory off", "Switch memory on"
ON_PAGE_OFF_RECORD = "For one conversation alone: begin it on the {chat} page with “{button}”."

BRING = "Bring facts along, or save them"
BRING_INTRO = (
    "From a text, one fact a line; from ChatGPT’s export (the zip, or conversations.json in it); or from Open WebUI’s "
    "list of memories. You see each fact before anything is kept."
)
BRING_TEXT, BRING_HINT = "Facts to bring along, one a line", "I am vegetarian.\nI live in Porto."
BRING_FILE = "Or choose a file (.zip, .json or .txt)"
LOOK_AT = "Look at them"
CHOOSE, KEEP_CHOSEN, KEEP_NONE = "Which shall be remembered?", "Remember those ticked", "None of them"
SEEN = "{count} new facts. Untick what shall not be remembered."
SEEN_ONE = "1 new fact."
SEEN_CHATGPT = "ChatGPT’s export also holds what you deleted there later: untick what is no longer so."
SEEN_KNOWN = "Remembered already, so left out: {texts}"
SEEN_LONG = "Left out because they are longer than {limit} characters: {count}."
SEEN_MORE = "Only the newest {count} are shown; choose the file again afterwards for the others."
SEEN_NOTHING = "All of it is remembered already."
AND_MORE = "and {count} more"
BROUGHT_NONE = "None of them is remembered."
BROUGHT_ONE, BROUGHT_MANY = "1 fact is remembered now.", "{count} facts are remembered now."
SAVE_AS = "Save your facts as a file:"
AS_TEXT, AS_JSON = "plain text (those switched on)", "JSON (all, with their dates)"
FILE_NAME = "memories-{day}.{form}"
TOO_LARGE = "That file is too large for the page; on the command line, “memory import FILE” takes it."
NOT_TAKEN = "The file did not arrive; choose it again."
