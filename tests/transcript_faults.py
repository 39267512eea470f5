"""Subtitles with the faults that they have in the wild, and prose that looks like some: as in
transcript_notations."""

from tests.transcript_notations import DAY, HATE, LATER, SRT, TWO, VTT, Case

ROLLED = """WEBVTT
Kind: captions
Language: en

00:00:00.000 --> 00:00:01.600 align:start position:0%
\u0020
I<00:00:00.320><c> hate</c><00:00:00.500><c> this</c>

00:00:01.600 --> 00:00:01.610 align:start position:0%
I hate this
\u0020

00:00:01.610 --> 00:00:03.000 align:start position:0%
I hate this
so<00:00:02.000><c> much</c>

00:00:03.000 --> 00:00:03.010 align:start position:0%
so much
\u0020

00:00:03.010 --> 00:00:03.800 align:start position:0%
so much
every day
"""


def srt(*entries: str) -> str:
    """Entries that follow each other, a second each, without numbers."""
    return "\n\n".join(
        f"00:0{at},0 --> 00:0{at + 1},0\n{words}" for at, words in enumerate(entries)
    )


NOTED = VTT.replace(
    "WEBVTT\n",
    "WEBVTT - x\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE\nnot said\nnor this\n",
).replace("\n\n00:01.600", "\n\nNOTE 00:01.000 --> 00:02.000 not said\n\n00:01.600")

WRITTEN: dict[str, Case] = {
    "byte order mark": ("\ufeff" + SRT, TWO, ""),
    "Windows line ends": (SRT.replace("\n", "\r\n"), TWO, ""),
    "old Mac line ends": (SRT.replace("\n", "\r"), TWO, ""),
    "doubled line ends": (SRT.replace("\n", "\r\r\n"), TWO, ""),
    "an empty line after each": (SRT.replace("\n", "\n\n"), TWO, ""),
    "an empty line after each, none more": (SRT.replace("\n\n", "\n").replace("\n", "\n\n"), TWO, ""),
    "other line ends": (SRT.replace("\n", "\u2028"), TWO, ""),
    "no empty lines": (SRT.replace("\n\n", "\n"), TWO, ""),
    "empty line inside an entry": (SRT.replace("this so", "this\n\nso"), TWO, ""),
    "empty line before the words": (SRT.replace("00\n", "00\n\n"), TWO, ""),
    "empty lines with blanks": (SRT.replace("\n\n", "\n \t\n\n"), TWO, ""),
    "empty line inside an entry of WebVTT": (VTT.replace("this so", "this\n\nso"), TWO, ""),
    "numbers missing": (SRT.replace("1\n0", "0").replace("2\n0", "0"), TWO, ""),
    "one number missing": (SRT.replace("2\n0", "0"), TWO, ""),
    "number in the line of times": (SRT.replace("1\n0", "1 0").replace("2\n0", "2 0"), TWO, ""),
    "a countdown without numbers": (srt("3", "2", "1"), [(0.0, 1.0, "3"), (1.0, 2.0, "2"), (2.0, 3.0, "1")], ""),
    "a number is said": (SRT.replace(HATE, "5"), [(0.0, 1.6, "5"), LATER], ""),
    "names of WebVTT entries": (VTT.replace("00:00.0", "the first\n00:00.0").replace("\n00:01.6", "\nb\n00:01.6"), TWO, ""),
    "notes and styles of WebVTT": (NOTED, TWO, ""),
    "settings of WebVTT": (VTT.replace("01.600\n", "01.600 align:start position:10%,line-left size:80%\n", 1), TWO, ""),
    "places of SRT": (SRT.replace("01,600\nI", "01,600  X1:117 X2:619 Y1:042 Y2:428\nI"), TWO, ""),
    "words in the line of times": (SRT.replace("01,600\nI", "01,600 I").replace("03,800\n", "03,800 "), TWO, ""),
    "prose before the first entry": ("Sure:\n\n" + SRT, TWO, "1 of 3 entries was not read, since no time is given: line 1."),
    "the first times are cut off": (f"{HATE}\n\n" + SRT.split("\n\n")[1], [(0.0, 1.333, HATE), LATER], "line 1"),
    "pasted on one line": (SRT.replace("\n\n", " ").replace("\n", " "), TWO, ""),
    "pasted from a page": (SRT.replace("-->", "--&gt;").replace("\n", "<br>"), TWO, ""),
    "quoted in a mail": (SRT.replace("\n", "\n> ").removesuffix("> ").replace("1\n", "> 1\n", 1), TWO, ""),
    "fenced": (f"```srt\n{SRT}```\n", TWO, ""),
    "names in half of the entries": (SRT.replace("I hate", "Anna: I hate").replace("This", "Bob Lee: This"), TWO, ""),
    "words over times of WebVTT": (VTT.replace("\n00:01.6", "\nOh no.\n00:01.6"), [(0.0, 1.6, HATE + " Oh no."), LATER], ""),
    "out of order": ("\n\n".join(reversed(SRT.strip().split("\n\n"))), TWO, ""),
} | {
    f"arrow {arrow!r}": (SRT.replace(" --> ", arrow), TWO, "")
    for arrow in ("-->", " -> ", " => ", " → ", " —> ", " –> ", " --&gt; ", " -- > ", " › ", "\u00a0-->\u00a0", " ---> ")
}  # fmt: skip
TIMES: dict[str, Case] = {
    "dots": (SRT.replace(",", "."), TWO, ""),
    "colons before milliseconds": (SRT.replace(",", ":"), TWO, ""),
    "dots all over": (SRT.replace("00:00:0", "00.00.0"), TWO, ""),
    "no hours": (SRT.replace("00:00:0", "00:0"), TWO, ""),
    "one digit of hours": (SRT.replace("00:00:0", "0:00:0"), TWO, ""),
    "blanks in one time": (SRT.replace("00:00:03,800", "00: 00: 03, 800"), TWO, ""),
    "blanks in all times": (SRT.replace(":", " : ").replace(",", " , "), TWO, ""),
    "long fractions": (
        SRT.replace("00,000", "00,000.0000000000582").replace("03,800", "03,80000000000000000001"),
        TWO,
        "",
    ),
    "short fractions": (SRT.replace(",600", ",6").replace(",800", ",8"), TWO, ""),
    "frames": (SRT.replace(",000", ":00").replace(",600", ":15").replace(",800", ":20"), TWO, ""),
    "digits of other scripts": (SRT.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")), TWO, ""),
    "wide digits and colons": (SRT.replace("00:00:00,000", "００：００：００，０００"), TWO, ""),
    "marks of direction": (
        SRT.replace("00:00:00", "\u200e00:00:00").replace(" --> ", "\u200f --> \u200e"),
        TWO,
        "",
    ),
    "negative": (SRT.replace("00:00:00,000", "-00:00:00,200"), TWO, ""),
    "both negative": (
        SRT.replace("00:00:00,000", "-00:00:02,000").replace("> 00:00:01,600", "> -00:00:01,000"),
        [(0.0, 1.333, HATE), LATER],
        "1 of 2 entries can't be read or can't be right, so they were set by the entries around: "
        "line 2.",
    ),
    "no length, room behind": (
        SRT.replace("01,600\n", "00,000\n"),
        [(0.0, 1.333, HATE), LATER],
        "line 2",
    ),
    "no length, room before": (
        SRT.replace("00:00:00,000", "00:00:01,600"),
        [(0.267, 1.6, HATE), LATER],
        "line 2",
    ),
    "no length, no room": (
        srt("Oh", HATE, DAY).replace("00:02,0\nI", "00:01,0\nI").replace("00:02,0 -", "00:01,0 -"),
        [(0.0, 1.0, "Oh"), (1.0, 3.0, f"{HATE} {DAY}")],
        "line 4",
    ),
    "next to no length": (
        SRT.replace("01,600 -", "03,799 -"),
        [(0.0, 1.6, HATE), (3.799, 5.999, DAY)],
        "line 6",
    ),
    "backwards": (SRT.replace("03,800", "00,800"), TWO, "line 6"),
    "a start that can't be": (
        SRT.replace("00:00:00,000", "00:10:00,000"),
        [(0.267, 1.6, HATE), LATER],
        "line 2",
    ),
    "an end that can't be read": (SRT.replace("00:00:03,800", "00:00:0x,800"), TWO, "line 6"),
    "no end": (SRT.replace("00:00:03,800", ""), TWO, "line 6"),
    "no time that can be read": (
        SRT.replace("00:00:01,600 --> 00:00:03,800", "00:?? --> 00:0x"),
        TWO,
        "line 6",
    ),
    "overlapping": (SRT.replace("01,600\n", "02,600\n"), TWO, ""),
    "beginning together": (SRT.replace("01,600 -", "00,000 -"), [(0.0, 3.8, f"{HATE} {DAY}")], ""),
    "beginning nearly together": (
        SRT.replace("01,600 -", "00,020 -"),
        [(0.0, 3.8, f"{HATE} {DAY}")],
        "",
    ),
}
REPEATED: dict[str, Case] = {
    "rolling captions": (
        ROLLED,
        [(0.0, 1.61, "I hate this"), (1.61, 3.01, "so much"), (3.01, 3.8, "every day")],
        "repeat lines",
    ),
    "painted on": (srt("I", "I hate", "I hate this"), [(0.0, 3.0, "I hate this")], "repeat lines"),
    "three lines that roll": (
        srt("A day", "A day\nthat I", "A day\nthat I\nhate", "that I\nhate\nso much"),
        [(0.0, 1.0, "A day"), (1.0, 2.0, "that I"), (2.0, 3.0, "hate"), (3.0, 4.0, "so much")],
        "repeat lines",
    ),
    "an entry twice": (SRT + "\n" + SRT, TWO, ""),
    "a speaker who repeats": (
        srt("No!", "No!", "No!"),
        [(0.0, 1.0, "No!"), (1.0, 2.0, "No!"), (2.0, 3.0, "No!")],
        "",
    ),
    "a speaker who goes on": (
        srt("I do.", "I do. All."),
        [(0.0, 1.0, "I do."), (1.0, 2.0, "I do. All.")],
        "",
    ),
    "a word at end and beginning": (
        srt("I see you", "you know"),
        [(0.0, 1.0, "I see you"), (1.0, 2.0, "you know")],
        "",
    ),
}
MARKED: dict[str, Case] = {
    raw: (srt(raw), [(0.0, 1.0, said)], note)
    for raw, said, note in (
        ("<i>I hate</i> <font color='#fff'>this</font>", "I hate this", ""),
        ("{\\an8}{\\pos(1,2)}I hate this", "I hate this", ""),
        ("<v Roger>I hate <c.loud>this</c></v>", "I hate this", ""),
        ("I hate<br/>this", "I hate this", ""),
        ("&lt;i&gt;I&nbsp;hate&lt;/i&gt; you &amp; me", "I hate you & me", ""),
        ("3 < 4, <3 and <hate>", "3 < 4, <3 and <hate>", ""),
        ("- I hate this.\n- Me too.", "I hate this. Me too.", ""),
        (">> I hate this.\n>>> No", "I hate this. No", ""),
        ("&gt;&gt; I hate this.", "I hate this.", ""),
        ("-5 degrees", "-5 degrees", ""),
        ("JOHN: I hate this.", "I hate this.", ""),
        ("SPEAKER_01: I hate this.", "I hate this.", ""),
        ("I HATE THIS: ALL OF IT", "I HATE THIS: ALL OF IT", ""),
        ("♪ I hate this ♪", "I hate this", ""),
        ("[door slams] I hate this.", "I hate this.", "such as [door slams]"),
        ("(SIGHS) I hate this.", "I hate this.", "(SIGHS)"),
        ("I hate this (and you).", "I hate this (and you).", ""),
        ("From a --> b at 10:30", "From a --> b at 10:30", ""),
        ("<ruby>I hate<rt>ai heit</rt></ruby> this", "I hate this", ""),
        ("I hate &#99999999999999; this", "I hate &#99999999999999; this", ""),
    )
}
PROSE: dict[str, Case] = {
    text: (text, text, "")
    for text in (
        HATE,
        "Our 1:1 --> it went badly. I hate it.",
        "1:1 meetings --> I hate them",
        "1:1 meetings are bad.\n2:1 against me. I hate it.",
        "At 10:30 --> no, later.",
        "10:30 --> no, later.",
        "10:30 --> 11:00 lunch, then I cried.",
        "10:30 is when we met.\nI hated it.",
        "7:45pm we left.\n8:15pm we cried.",
        "7:30 I got up.\n8:00 I cried.",
        "We lost.\nThe final score was\n21:15\nI hate it.",
        "First set\n21:15\nI was happy.\nSecond set\n15:21\nI hate it.",
        "John 3:16\nis a verse I love.",
        "3 -> 4 is a step. A -> B is another.",
        "3.5 -> 4.0 is all I got.",
        "It went 1 to 2, and 2 to 3.",
        "(laughs) I love it [really] - Anna: yes!",
        "[laughs] I love it.",
        '["Go", she said.] I hate it.',
        "{sigh} I hate it.",
        "WEBVTT is a format that I hate.",
        "Dialogue: it is dead, I hate it.",
        "Start, end, text: I hate tables.",
        "<p>I hate it</p> and <3 you",
        "I said\n\n1\n\n2\n\n3 and ran.",
        "- I hate it.\n- Why?",
        "Note to self --> breathe. --> Smile.",
    )
}
