"""One and the same talk in the notations that people have it in, and what is read: {name: (text,
cues or words, note)}.

Each note is a piece of the sentence that is told, "" where nothing is.
"""

import json

HATE, DAY = "I hate this so much.", "This is the worst day of my life."
LATER = (1.6, 3.8, DAY)
TWO = [(0.0, 1.6, HATE), LATER]
# from notations that say in whole seconds when it begins
BEGUN = [(0.0, 1.0, HATE), (1.0, 7.0, DAY)]
Case = tuple[str, list[tuple[float, float, str]] | str, str]

SRT = f"1\n00:00:00,000 --> 00:00:01,600\n{HATE}\n\n2\n00:00:01,600 --> 00:00:03,800\n{DAY}\n"
VTT = f"WEBVTT\n\n00:00.000 --> 00:01.600\n{HATE}\n\n00:01.600 --> 00:03.800\n{DAY}\n"
SBV = f"0:00:00.000,0:00:01.600\n{HATE}\n\n0:00:01.600,0:00:03.800\n{DAY}\n"
SUBVIEWER = f"""[INFORMATION]
[TITLE]Not said
[SUBTITLE]
00:00:00.00,00:00:01.60
I hate this[br]so much.

00:00:01.60,00:00:03.80
{DAY}
"""
EVENTS = f"""Dialogue: 0,0:00:00.00,0:00:01.60,Default,,0,0,0,,{{\\i1}}I hate this{{\\i0}}\\Nso much.
Comment: 0,0:00:00.00,0:00:01.60,Default,,0,0,0,,not said
Dialogue: 0,0:00:01.60,0:00:03.80,Default,,0,0,0,,{DAY}
"""
ASS = f"""[Script Info]
Title: not said

[V4+ Styles]
Format: Name, Fontname
Style: Default,Arial

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
{EVENTS}"""
SAID = [
    {"start": 0.0, "end": 1.6, "text": f" {HATE}"},
    {"start": 1.6, "end": 3.8, "text": f" {DAY}"},
]
WORDS = [
    {"word": word, "start": start, "end": end}
    for start, end, word in (
        (0.0, 0.3, "I"),
        (0.3, 0.8, "hate"),
        (0.8, 1.2, "this"),
        (2.5, 3.0, "Oh"),
        (3.0, 3.8, "no."),
    )
]
WHISPER = f"[00:00.000 --> 00:01.600]  {HATE}\n[00:01.600 --> 00:03.800]  {DAY}\n"
TTML = f"""<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml"><head><metadata><ttm:title>Not said</ttm:title></metadata></head><body><div>
<p begin="00:00:00.000" end="00:00:01.600">I hate
   this<br/>so <span tts:color="red">much.</span></p>
<p begin="1.6s" dur="2200ms">{DAY}</p></div></body></tt>"""
SAMI = f"""<SAMI><HEAD><STYLE>P {{color: red}}</STYLE></HEAD><BODY>
<SYNC Start=0><P Class=ENCC>{HATE}
<SYNC Start=1600><P Class=ENCC>{DAY}
<SYNC Start=3800><P Class=ENCC>&nbsp;
</BODY></SAMI>"""
YOUTUBE = {
    "events": [
        {"tStartMs": 0, "dDurationMs": 3800},
        {
            "tStartMs": 0,
            "dDurationMs": 1600,
            "segs": [{"utf8": "I hate"}, {"utf8": " this so much.", "tOffsetMs": 9}],
        },
        {"tStartMs": 1600, "dDurationMs": 2200, "segs": [{"utf8": DAY}]},
    ]
}
CPP = [
    {
        "timestamps": {"from": "00:00:00,000", "to": "00:00:01,600"},
        "offsets": {"from": 0, "to": 1600},
        "text": HATE,
    },
    {"offsets": {"from": 1600, "to": 3800}, "text": DAY},
]
SPEAKERS = [
    {"speaker": 0, "elements": [{"value": HATE, "ts": 0.0, "end_ts": 1.6}]},
    {"speaker": 1, "elements": [{"value": DAY, "ts": 1.6, "end_ts": 3.8}]},
]
AGAIN = [{**SAID[0], "words": WORDS[:3]}, SAID[1]]

LINES: dict[str, Case] = {
    "SRT": (SRT, TWO, ""),
    "WebVTT": (VTT, TWO, ""),
    "SBV": (SBV, TWO, ""),
    "SBV, one entry": (SBV.split("\n\n")[0], TWO[:1], ""),
    "SubViewer": (SUBVIEWER, TWO, ""),
    "Whisper terminal": (WHISPER, TWO, ""),
    "Whisper terminal with its talk": (
        f"Detecting language using 30 seconds\nDetected language: English\n{WHISPER}",
        TWO,
        "",
    ),
    "whisper.cpp terminal": (
        f"main: processing 'a.wav'\n\n{WHISPER}\nwhisper_print_timings: load time = 1 ms\n",
        TWO,
        "",
    ),
    "faster-whisper": (f"[0.00s -> 1.60s] {HATE}\n[1.60s -> 3.80s] {DAY}", TWO, ""),
    "WhisperX": (f"Transcript:  [0.0 --> 1.6]  {HATE}\nTranscript:  [1.6 --> 3.8]  {DAY}", TWO, ""),
    "a dash between times": (
        f"00:00 - 00:02\n{HATE}\n\n00:02 - 00:04\n{DAY}",
        [(0.0, 2.0, HATE), (2.0, 4.0, DAY)],
        "",
    ),
    "times in brackets": (
        f"(0:00 - 0:02) {HATE}\n(0:02 - 0:04) {DAY}",
        [(0.0, 2.0, HATE), (2.0, 4.0, DAY)],
        "",
    ),
    "times without arrow": (
        f"00:00:00:00 00:00:01:15\n{HATE}\n\n00:00:01:15 00:00:03:20\n{DAY}",
        TWO,
        "",
    ),
    "Spruce STL": (
        f"$FontName = Arial\n00:00:00:00,00:00:01:15,{HATE}\n00:00:01:15,00:00:03:20,{DAY}",
        TWO,
        "",
    ),
    "copied from a video site": (f"0:00\n{HATE}\n0:01\n{DAY}\n", BEGUN, ""),
    "copied with a title": (f"Transcript\n0:00\n{HATE}\n0:01\n{DAY}\n", BEGUN, ""),
    "copied, one line": (f"0:00\n{HATE}", [(0.0, 6.0, HATE)], ""),
    "copied with times aloud": (
        f"0:00\n0 seconds\n{HATE}\n1:05\n1 minute, 5 seconds\n{DAY}\n",
        [(0.0, 6.0, HATE), (65.0, 71.0, DAY)],
        "",
    ),
    "copied with times aloud, in German": (
        f"0:00\n0 Sekunden\n{HATE}\n0:01\n1 Sekunde\n{DAY}\n",
        BEGUN,
        "",
    ),
    "copied, and a number is said": (
        f"0:00\n{HATE}\n0:01\n1 of us\n",
        [(0.0, 1.0, HATE), (1.0, 7.0, "1 of us")],
        "",
    ),
    "copied, words behind the times": (f"0:00 {HATE}\n0:01 {DAY}", BEGUN, ""),
    "copied, words at the times": (f"0:00{HATE}\n0:01{DAY}", BEGUN, ""),
    "one time in brackets": (f"[0:00] {HATE}\n[0:01] {DAY}", BEGUN, ""),
    "times inside a line": (f"[00:00:00] {HATE} [00:00:01] {DAY}", BEGUN, ""),
    "one time over the words": (
        f"[00:00:00.0]\n{HATE}\n[00:00:01.6]\n{DAY}",
        [(0.0, 1.6, HATE), (1.6, 7.6, DAY)],
        "",
    ),
    "meeting notes": (f"Speaker 1  0:00\n{HATE}\n\nAnna Lee (0:01):\n{DAY}", BEGUN, ""),
    "TMPlayer": (f"00:00:00:{HATE}\n00:00:01:{DAY}", BEGUN, ""),
    "LRC": (f"[ti:Song]\n[ar:Me]\n[00:00.00]{HATE}\n[00:01.60]{DAY}\n[00:03.80]\n", TWO, ""),
    "LRC, early by its offset": (
        f"[offset:+500]\n[00:00.50]{HATE}\n[00:02.10]{DAY}\n[00:04.30]\n",
        TWO,
        "",
    ),
    "LRC with colons": (f"[00:00:00]{HATE}\n[00:01:60]{DAY}\n[00:03:80]\n", TWO, ""),
    "LRC, words with times": (
        "[00:00.00] <00:00.00> I <00:00.40> hate <00:00.80> this\n[00:01.60]Oh",
        [(0.0, 1.6, "I hate this"), (1.6, 7.6, "Oh")],
        "",
    ),
    "LRC, a line that comes again": (
        f"[00:00.00][00:03.00]{HATE}\n[00:01.60]{DAY}",
        [(0.0, 1.6, HATE), (1.6, 3.0, DAY), (3.0, 9.0, HATE)],
        "",
    ),
    "MicroDVD": (
        f"{{1}}{{1}}25.000\n{{0}}{{40}}{{y:i}}I hate this|so much.\n{{40}}{{95}}{DAY}\n",
        TWO,
        "",
    ),
    "MicroDVD without rate": (f"{{0}}{{40}}{HATE}\n{{40}}{{95}}{DAY}\n", TWO, "25 were taken"),
    "MPL2": (f"[0][16]/I hate this|so much.\n[16][38]{DAY}\n", TWO, ""),
}
FILES: dict[str, Case] = {
    "ASS": (ASS, TWO, ""),
    "SSA": (ASS.replace("Layer", "Marked").replace("Dialogue: 0", "Dialogue: Marked=0"), TWO, ""),
    "ASS without its head": (EVENTS, TWO, ""),
    "ASS, two layers": (ASS + EVENTS.replace(": 0,", ": 1,"), TWO, ""),
    "ASS with a drawing": (
        f"{ASS}Dialogue: 0,0:00:00.00,0:00:03.80,D,,0,0,0,,{{\\p1}}m 0 0 l 9 9{{\\p0}}\n",
        TWO,
        "",
    ),
    "ASS, a broken line": (
        ASS.replace("1.60,D", "x,D").replace("0,0:00:01.60,", "0,?,"),
        [(0.0, 1.267, HATE), LATER],
        "lines 10, 12",
    ),
    "TTML": (TTML, TWO, ""),
    "TTML in ticks": (
        f'<tt ttp:tickRate="1000"><p begin="0t" end="1600t">{HATE}</p><p begin="1600t" end="3800t">{DAY}</p></tt>',
        TWO,
        "",
    ),
    "TTML, one without times": (
        TTML.replace(' begin="1.6s" dur="2200ms"', ""),
        TWO,
        "1 of 2 entries",
    ),
    "SAMI": (SAMI, TWO, ""),
    "YouTube XML": (
        f'<transcript><text start="0" dur="1.6">I &amp;quot;hate</text><text start="1.6" dur="2.2">{DAY}</text></transcript>',
        [(0.0, 1.6, 'I "hate'), (1.6, 3.8, DAY)],
        "",
    ),
    "YouTube srv3": (
        '<timedtext format="3"><body><p t="0" d="1600"><s>I hate</s><s t="320"> this so much.</s></p>'
        f'<p t="1600" d="2200">{DAY}</p></body></timedtext>',
        TWO,
        "",
    ),
    "Whisper JSON": (
        json.dumps({"text": f" {HATE} {DAY}", "segments": SAID, "language": "en"}),
        TWO,
        "",
    ),
    "Whisper JSON with words": (
        json.dumps({"segments": AGAIN, "word_segments": WORDS}, indent=1),
        TWO,
        "",
    ),
    "Whisper JSON, one without times": (
        json.dumps({"segments": [SAID[0], {"text": DAY}]}),
        TWO,
        "entry 2",
    ),
    "Whisper, printed by Python": (
        str({"text": HATE, "segments": SAID, "more": (None, "it's")}),
        TWO,
        "",
    ),
    "whisper.cpp JSON": (json.dumps({"transcription": CPP}), TWO, ""),
    "JSON of transformers": (
        json.dumps(
            {
                "text": "x",
                "chunks": [
                    {"timestamp": [row["start"], row["end"]], "text": row["text"]} for row in SAID
                ],
            }
        ),
        TWO,
        "",
    ),
    "JSON with durations": (
        json.dumps(
            [
                {"text": HATE, "start": 0.0, "duration": 1.6},
                {"text": DAY, "start": 1.6, "duration": 2.2},
            ]
        ),
        TWO,
        "",
    ),
    "JSON by speakers": (json.dumps({"monologues": SPEAKERS}), TWO, ""),
    "JSON of YouTube": (json.dumps(YOUTUBE), TWO, ""),
    "JSON in milliseconds": (
        json.dumps(
            [{**row, "start": 1000 * i, "end": 1000 * i + 900} for i, row in enumerate(SAID)]
        ),
        [(0.0, 0.9, HATE), (1.0, 1.9, DAY)],
        "",
    ),
    "JSON lines": ("\n".join(map(json.dumps, SAID)), TWO, ""),
    "JSON of single words": (
        json.dumps({"words": WORDS}),
        [(0.0, 1.2, "I hate this"), (2.5, 3.8, "Oh no.")],
        "",
    ),
    "JSON without times": (json.dumps({"text": HATE}), HATE, ""),
    "Whisper TSV": (f"start\tend\ttext\n0\t1600\t{HATE}\n1600\t3800\t{DAY}\n", TWO, ""),
    "whisper.cpp CSV": (f'start,end,text\n0,1600,"{HATE}"\n1600,3800,"{DAY}"\n', TWO, ""),
    "Audacity labels": (f"0.000000\t1.600000\t{HATE}\n1.600000\t3.800000\t{DAY}\n", TWO, ""),
}
