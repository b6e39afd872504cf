"""What the pages say about attached documents."""

from documents.limits import BYTES, TOO_LARGE
from documents.reading import KINDS

ATTACH = "Attach a document (text, Markdown, PDF or Word)"
ATTACHED = "Documents of this conversation"
REMOVE = "Remove {name}"
REMOVE_SURE = "Remove this document? Its text also leaves what was said so far; your model’s own words stay."
PAGE_COUNT = {1: "1 page"}
PAGE_COUNT_MANY = "{count} pages"
FROM = "From {sources}"
SHOWN_TITLE = "Text that your model was shown"
GONE = "a document that is removed"
READ_WELL = "{name} is attached. Ask about it."
HELP = {
    "Documents": (
        "The paper clip beside the box attaches a text, Markdown, PDF or Word file to the conversation; dropping it on "
        "the page does, too. Your model reads a short one whole, and of a long one what fits your question; under the "
        "reply stands from which page. It learns nothing from documents and remembers nothing of them. Only their text "
        "is kept, until you remove them or delete the conversation."
    )
}
SCRIPT = {  # what the page's own script says
    "kinds": ",".join(KINDS),
    "largest": BYTES,
    "tooLarge": TOO_LARGE,
    "reading": "Reading {name}…",
    "notRead": "{name} could not be sent; reload the page and try again.",
}
