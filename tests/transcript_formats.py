"""The talk of transcript_notations.py in the files that programs write: {name: (text, cues or words, note)}."""

import json

from tests.transcript_notations import DAY, HATE, LATER, TWO, Case

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
