"""Every sentence and label of the door's own pages, in English. Refusals stand in texts.py."""

from web.texts import OPEN_AGAIN

CLOSED_DOOR = "Not this way"
OTHER_ACCOUNT = "This link is for another account of this computer. Start Homegrown under your own."
NAME, PASSPHRASE, SIGN_IN = "Name", "Passphrase", "Sign in"
WITHOUT_PASSPHRASE = f"Without a passphrase? {OPEN_AGAIN}"
NIGHTS_WAIT = "Since Homegrown was started, or you locked it, your model learns at night only once you have signed in."
WRONG_PASSPHRASE = "That is not right. Check the name, the passphrase and the Caps Lock key, then try again."
SLOWER = "Too many wrong tries; wait a minute, then try again."
SLOWER_MINUTES = "Too many wrong tries; wait {count} minutes, then try again."
LOST, LOST_TITLE, BACK_TO_SIGN_IN = "I lost my passphrase", "A new passphrase", "Back to signing in"
LOST_INTRO = "You need the recovery code that was shown when the passphrase was chosen. Without it nobody can help."
RECOVERY_CODE, RECOVERY_CODE_HINT = "Recovery code", "Eight groups of four letters or digits"
WRONG_CODE = "That is not right. Check the name and the code; only the newest recovery code works."
NEW_PASSPHRASE, AGAIN, OLD_PASSPHRASE = "New passphrase", "The same again", "Present passphrase"
PASSPHRASE_HINT = "At least 8 characters; four unrelated words are good"
NOT_ALIKE = "The two new passphrases differ; type the same one twice."
WRONG_OLD = "That is not your present passphrase; nothing was changed. Try again."
YOU, BACK_TO_CHAT, CHOOSE, CHANGE = "You", "Back to the chat", "Set this passphrase", "Change it"
SIGN_OUT, LOCK = "Sign out", "Lock"
SIGN_OUT_WHAT = (
    "Ends all your sessions, and whatever is being written for you. Your key stays in memory until Homegrown stops, so "
    "that your model can learn tonight, and programs that have a key of yours can go on asking."
)
LOCK_WHAT = (
    "Signs you out and forgets your key too. Your model learns nothing, and answers no program, until you have signed "
    "in again."
)
CHOOSE_TITLE, CHANGE_TITLE = "Set a passphrase", "Change your passphrase"
CHOOSE_WHAT = (
    "With it, everything of yours is encrypted on this machine, and you sign in. "
    "If you lose both the passphrase and the recovery code, everything is lost: nobody can bring it back."
)
NAME_TITLE, RENAME, RENAMED = "Your name", "Change my name", "That is your name now."
NAME_WHAT = "You sign in with it as soon as a second person has a passphrase."
CHANGE_WHAT = "You get a new recovery code; the old one no longer works."
CODE_TITLE, CODE_KEPT = "Keep this code", "I have kept it; go on"
CODE_WHAT = (
    "Print it, or write it down, and keep it away from this machine. It is shown only now. "
    "If you forget your passphrase, it is the only way in."
)

# people, recovery codes and the keyring
SIGNED_OUT = "You are signed out. Sign in to go on."
PROTECTED = "Your passphrase is on: everything of yours is encrypted on this machine."
NEW_CODE_TITLE, NEW_CODE = "A new recovery code", "Show a new code"
NEW_CODE_WHAT = "If the printed one is lost, or somebody has seen it. The old code no longer works then."
REMEMBER_TITLE, REMEMBER, NO_LONGER = "Remember me on this machine", "Remember me", "No longer remember me"
REMEMBER_WHAT = (
    "Your key is put into this system's keyring. After a restart your model then learns at night although you have "
    "not signed in yet. The pages still ask for your passphrase, but whoever gets into your account on this computer "
    "can get at your key."
)
REMEMBERED = (
    "Your key is in this system's keyring: after a restart your model learns at night although you have not signed in. "
    "Whoever gets into your account on this computer can get at it."
)
REMEMBERED_NOW = "Your key is in the keyring now."
FORGOTTEN_NOW = "Your key is no longer in the keyring."
OWNERS_PAGE = "Only the owner of this home says who lives here."
PEOPLE, SEE_PEOPLE, BACK_TO_YOU = "People", "See who lives here", "Back"
PEOPLE_SHORT = "Who shares this machine with you: add or remove somebody."
PEOPLE_WHAT = (
    "Everybody here has a model, conversations and memory of their own. You see names and sizes, never what they write."
)
OWNER, MEMBER = "owner", "member"
LOCKED, UNLOCKED, OPEN = "locked: their nights wait", "unlocked", "without a passphrase"
ADD_TITLE, ADD_PERSON, THEIR_PASSPHRASE = "Add a person", "Add this person", "Their passphrase"
ADD_WHAT = "Best let them type the passphrase themselves: it is theirs alone, and opens what you cannot."
YOURS_FIRST = "Set your own passphrase first: without one, whoever starts Homegrown here reads what is yours."
ADDED, CODE_GIVEN = "{name} lives here now", "They have kept it; go on"
CODE_FOR = (
    "This is the recovery code of {name}, shown only now. Let them print it or write it down, and keep it away from "
    "this machine: if they forget the passphrase, it is the only way in."
)
REMOVE, REMOVE_LINK = "Remove {name}", "Remove"
REMOVE_FOR_GOOD, KEEP_PERSON = "Remove for good", "Do not remove anybody"
REMOVE_WHAT = (
    "{name} is signed out, and the key to everything of theirs is destroyed: conversations, memory, lessons and what "
    "their model has learnt. Not even the passphrase brings it back."
)
EXPORTS_KNOWN = "Files that they have exported, as far as is known: {count}."
EXPORTS_STAY = (
    "Files that were exported, and backups of this home that lie elsewhere, stay where they are, and open with their "
    "passphrases as before. Plain exports anybody can read."
)
TYPE_NAME = "To go on, type the name: {name}"
NOT_THE_NAME = "That is not the name; nobody was removed."
REMOVED = "{name} is removed, and nothing of theirs in this home can be read any more."
REMOVE_YOURSELF = "That is you: to leave yourself, use “people remove” on the command line."
NOBODY = "That person is not here any more; this is who is."
