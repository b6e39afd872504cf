"""The sentences of the machine page. Texts with {fields} are filled in by str.format."""

OWNER_ONLY = "Only the owner of this home sees the state of the machine."
MACHINE_MEMBER = (
    "Keys for programs that ask your model, and a file to take along. The owner of this home sees how the machine does."
)
RESTART_ENGINE = "Restart the engine"
RESTARTING = "The engine is being restarted."
REST_AFTER = "Let the model rest"
REST_WHAT = "A model that nobody uses gives its memory back. It is loaded again as soon as somebody types."
REST_NOW = "Give its memory back now"
REST_NEVER, REST_HOUR, REST_HOURS = "never", "after 1 hour", "after {count} hours"
REST_MINUTES = "after {count} minutes"
REST_CHOSEN = "Kept. It holds from now on."
REST_BEGUN = "The model rests. It comes back when somebody types."
RESTING = "the model is unloaded to give its memory back; it comes back when you type"
SPEED_PLOT = "Tokens per second of the last {count} replies"
FIRST_PLOT = "Seconds to the first token of the last {count} replies"
NO_SPEEDS = "No reply yet."
NOT_MEASURED = "not measured"
PER_TOKENS = "{joules:,.0f} J for 1,000 tokens"
NIGHT_ENERGY = "It took {hours:.2f} Wh."
MACHINE_INTRO = "What runs on this machine, and how it is doing. It shows numbers and dates, never what anybody wrote."
LEARNING_RATES = {  # by where it comes from
    "law": "usual for models of this size; others are tried on this one before its first night",
    "shipped": "chosen among {tried} that were tried on this model; it came with Homegrown",
    "calibrated": "chosen among {tried} that were tried on this model, here",
}
BACK_ONE = "Go back one version"
EXPORT, EXPORT_BUTTON, EXPORT_BACK = "Export", "Save the file", "Back"
EXPORT_WHAT = (
    "Your conversations, memories, lessons, nights and choices as one encrypted file: a copy to keep, or for another "
    "machine, where “import” takes it. Without its passphrase nobody can read it, not even you. "
    "What you forget later stays in it until you delete the file."
)
EXPORT_OTHERS = "On the command line, “export” also takes your model’s versions along, or writes plain files (--plain)."
EXPORT_PASSPHRASE = "Passphrase of the file"
EXPORT_DOWNLOADED = "{name}, which a browser saved"
CONNECTIONS = "Connections"
CONNECTIONS_SINCE = "Connections to other machines since {since}: {count} ({processes})."
CONNECTIONS_UNKNOWN = "They are not counted: this copy of Homegrown was started without its network seal."
CONNECTION_REFUSED, CONNECTION_OPEN = "refused before a byte left", "found open"
CONNECTION_ASKED = "for a model that you asked for"
CONNECTIONS_ASKED = "Besides, for models that you asked for: {count}."
CONNECTIONS_LAST = "Only the last {count} are listed."
CONNECTIONS_LIMITS = (
    "Each try from Python code is refused and listed; what compiled code opens is looked for every {seconds:.0f} "
    "seconds, so a shorter connection of it could be missed. “doctor --offline” runs the whole loop and counts again."
)
