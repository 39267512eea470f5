"""One and the same talk in the notations that people have it in, and what is read: {name: (text,
cues or words, note)}.

Each note is a piece of the sentence that is told, "" where nothing is.
"""

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
WHISPER = f"[00:00.000 --> 00:01.600]  {HATE}\n[00:01.600 --> 00:03.800]  {DAY}\n"
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
