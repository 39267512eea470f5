"""What every visitor should know of privacy and law: in full where consent is asked for, and one
click away everywhere else."""

from typing import Final

from markupsafe import Markup

DATA: Final = Markup(
    "<p><strong>Your data.</strong> Camera images and photos of faces are read on your device, "
    "or are sent to the server, as a switch beside them says: there camera images are used once, in "
    "memory, and never written down. The numbers of a live session stay in your browser. Uploaded "
    "images and clips, and the numbers of a clip, are deleted when you close the page, and within the "
    "hour in any case; “Delete my data now” does it at once. Nothing is used for training.</p>"
)
# where there is no server
DATA_ON_DEVICE: Final = Markup(
    "<p><strong>Your data.</strong> Nothing leaves this page: camera images and photos are read on "
    "your device, and neither they nor any number are sent anywhere. They are gone when you close the page. "
    "Whoever hosts it sees that it was opened, as of any page, and nothing more.</p>"
)
LAW: Final = Markup(
    "<p><strong>Not allowed.</strong> Inferring emotions from faces or voices at work or in "
    "education is prohibited in the European Union, except for medical or safety reasons (AI Act, "
    "Article 5(1)(f)). Do not use this page to decide anything about a person, be it the one in an "
    "image or clip, the one who wrote a review or the one who shared a meme.</p>"
)
MEANING: Final = Markup(
    "<p><strong>What it says.</strong> It names what people would see in a face, hear in a voice or "
    "read in a text, not what somebody feels.</p>"
)
_FOLD: Final = Markup('<details class="fold"><summary>Privacy and limits</summary>{}{}{}</details>')
FOLDED: Final = _FOLD.format(DATA, LAW, MEANING)
AT_CONSENT: Final = DATA + LAW
FOLDED_ON_DEVICE: Final = _FOLD.format(DATA_ON_DEVICE, LAW, MEANING)
AT_CONSENT_ON_DEVICE: Final = DATA_ON_DEVICE + LAW
