"""The sentences of the page about base models. Texts with {fields} are filled in by str.format."""

MODELS = "Models"
INTRO = (
    "The model that came with Homegrown answers at once and knows little. A larger one answers better, as far as this "
    "machine can carry it. What you taught is kept, and taught to the next model as well if this machine can train it."
)
SERVES = "{title} serves."
SERVES_STILL = (
    "{title} serves, but its file is not on this machine any more: it cannot learn, and does not come back after a "
    "restart. Put the file back, or let another model serve."
)
NEXT = (
    "The next night teaches it what you taught and examines it, beside {serving}, which goes on serving until it has "
    "passed."
)
CANNOT = "It cannot be taught while {serving} serves. {why} So it only serves if you let it serve now."
SWITCH_NOW = "Switch now"
KEEP = "Keep {serving}"
SEE_LEARNING = "See when that is"
LOADING = "{title} is being loaded; replies wait until it is ready."
BACK = "Go back to {title}"
GOING_BACK = "Let {title} serve again? Your conversations stay, and the versions that it has learnt serve again."
RECOMMENDED, HERE, OTHERS = "Recommended here", "On this machine", "Others"
LESSER, UNFIT = "Slow here, or cannot learn here", "Not for this machine"
BEST = "recommended"
SERVING = "serving"
FOLLOWING = "serves next"
NOT_VERIFIED = "not verified by us"
ABOUT = "{size} · licence: {licence}"
ABOUT_ADDED = "{size} · {path}"
TERMS = "These are terms of its own, not an open licence; read them at the hub before you use it."
GATED = "Its makers want you to accept their terms at the hub first, and give you an access token."
DOWNLOAD = "Download"
DOWNLOADING = (
    "Download {title} ({size}) from the model hub, under the licence {licence}? This is the only thing that Homegrown "
    "fetches from the network. Chat goes on meanwhile."
)
PAUSE, RESUME, CANCEL = "Pause", "Resume", "Cancel"
CANCELLING = "Cancel the download? What has arrived is deleted."
USE = "Use it"
USING = (
    "Let {title} serve? Conversations stay. It has not learnt you yet: its first night teaches it what you taught, and "
    "until then your newest corrections act through the prompt. One click leads back."
)
USING_NEXT = (
    "Let {title} serve next? A night teaches it what you taught and examines it; until it has passed, {serving} goes "
    "on serving. You can still switch at once, or stay."
)
USING_AGAIN = "Let {title} serve? Conversations stay. One click leads back."
REMOVE, TAKE_OFF = "Delete the file", "Take off the list"
REMOVING = "Delete this file? It can be downloaded again."
PAUSED = "Paused: {done} of {total} are here."
PROGRESS = "Download of {title}"
ADD_TITLE = "A model of your own"
ADD_LABEL = "Whole path of {kinds}, on this machine"
ADD_HINT = "It stays where it lies. It is not verified by us: take model files only from people you trust."
ADD = "Add"
ADDED = "Added; it stands in the list now."
NETWORK = "Each connection of a download is listed under Connections on the Machine page."
LINK = "Models: see which others run on this machine"
BETTER = "A better model would run on this machine: {title} ({size}). You can go on chatting while it is downloaded."
BETTER_COMING = "{title} is on its way: {share} % are here. You can go on chatting."
BETTER_HERE = "{title} is here and can serve from the next reply on."
SEE_MODELS = "See models"
