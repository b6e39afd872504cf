"""Every sentence and label of the door's own pages, in English. Refusals stand in texts.py."""

from web.texts import START_AGAIN

CLOSED_DOOR = "Not this way"
OTHER_ACCOUNT = "This link is for another account of this computer. Start Homegrown under your own."
NAME, PASSPHRASE, SIGN_IN = "Name", "Passphrase", "Sign in"
WITHOUT_PASSPHRASE = f"Without a passphrase? {START_AGAIN}"
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
    "Ends all your sessions. Your key stays in memory until Homegrown stops, so that your model can learn tonight."
)
LOCK_WHAT = "Signs you out and forgets your key too. Your model learns nothing until you have signed in again."
CHOOSE_TITLE, CHANGE_TITLE = "Set a passphrase", "Change your passphrase"
CHOOSE_WHAT = (
    "With it, everything of yours is encrypted on this machine, and you sign in. "
    "If you lose both the passphrase and the recovery code, everything is lost: nobody can bring it back."
)
CHANGE_WHAT = "You get a new recovery code; the old one no longer works."
CODE_TITLE, CODE_KEPT = "Keep this code", "I have kept it; go on"
CODE_WHAT = (
    "Print it, or write it down, and keep it away from this machine. It is shown only now. "
    "If you forget your passphrase, it is the only way in."
)
