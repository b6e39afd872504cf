"""What the pages say about memories that were sent, and about a person in brief."""

USED_ONE, USED, USED_NONE = "1 memory used", "{count} memories used", "What your model was told"
USED_ABOUT = "And what stands under"
USED_GONE = "A memory that was used here has been deleted since."
USED_GONE_MANY = "{count} memories that were used here have been deleted since."
USED_CHANGED = "Changed. The reply was written with the old text."
USED_MUTED = "Switched off. It is kept on the Memory page."
MUTE = "Switch off"

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
