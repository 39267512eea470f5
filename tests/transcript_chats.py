"""Copied chats, whose times are of the day, and the rarer notations: as in transcript_notations."""

from tests.transcript_notations import BEGUN, DAY, HATE, LATER, SRT, TWO, VTT, Case

SAID = f"{HATE}\n{DAY}"
CHAT = "taken for times of day"
UNKNOWN = "in no notation that is known here"

CHATS: dict[str, Case] = {
    name: (text, SAID, CHAT)
    for name, text in {
        "brackets and names": f"[10:30] Anna: {HATE}\n[10:31] Bob: {DAY}",
        "brackets alone": f"[10:30] {HATE}\n[10:31] {DAY}",
        "brackets and nicks": f"[22:30] <anna> {HATE}\n[22:31] <bob> {DAY}",
        "names": f"10:30 Anna: {HATE}\n10:31 Bob Lee: {DAY}",
        "early in the morning": f"08:30 Anna: {HATE}\n08:31 Bob: {DAY}",
        "before and after noon": f"11:59 AM Anna: {HATE}\n12:00 PM Bob: {DAY}",
        "WhatsApp on an iPhone": f"[28/11/2026, 10:30:15] Anna: {HATE}\n[28/11/2026, 10:31:12] ~Bob: {DAY}",
        "WhatsApp": f"11/28/26, 10:30 AM - Anna: {HATE}\n11/28/26, 10:31 AM - +49 170 1: {DAY}",
        "WhatsApp, one message": f"28.11.26, 00:30 - Anna: {HATE}\n{DAY}",
        "a line of the program": f"28.11.26, 00:30 - {HATE}\n28.11.26, 00:30 - Anna: {DAY}",
        "Telegram": f"Anna, [28.11.2026 10:30]\n{HATE}\n\nBob, [28.11.2026 10:31]\n{DAY}",
        "Slack": f"Anna Lee  10:30 AM\n{HATE}\nBob  10:31 AM\n{DAY}",
        "Slack, 24 hours": f"Anna  10:30\n{HATE}\nBob  10:31\n{DAY}",
        "Discord": f"Anna — Today at 10:30 AM\n{HATE}\nBob — 11/28/2026 10:31 AM\n{DAY}",
        "Zoom": f"10:30:15 From Anna Lee to Everyone:\n\t{HATE}\n10:31:00 From Bob to Everyone:\n\t{DAY}",
        "Teams": f"[10:30 AM] Anna Lee\n{HATE}\n[10:31 AM] Bob\n{DAY}",
        "Teams, with dates": f"Anna Lee 11/28 10:30 AM\n{HATE}\nBob 11/28 10:31 AM\n{DAY}",
        "marks of direction": f"[11/28/26, 10:30:15\u202fAM] Anna: {HATE}\n\u200e[11/28/26, 10:31:15\u202fAM] Bob: {DAY}",
        "fractions": f"2026-11-28 10:30:15,123 {HATE}\n2026-11-28 10:31:15.5 {DAY}",
        "what was left out": f"28/11/2026, 10:30 - Anna: <Media omitted>\n28/11/2026, 10:31 - Anna: {HATE}\n"
        f"28/11/2026, 10:31 - Bob: \u200eimage omitted\n28/11/2026, 10:31 - Bob: {DAY}",
        "from the middle of a long video": f"10:30\n{HATE}\n10:35\n{DAY}",
    }.items()
} | {
    "one message": (f"[10:30] Anna: {HATE}", HATE, CHAT),
    "single words": (
        "[28.11.2026, 10:30] Anna: Thanks\n[28.11.2026, 10:31] Bob: Sure",
        "Thanks\nSure",
        CHAT,
    ),
    "signs of the words stay": (
        "[28.11.2026, 10:30] Anna: I — “hate” 5，5 › 3",
        "I — “hate” 5，5 › 3",
        CHAT,
    ),
}
RARER: dict[str, Case] = {
    "TTML with a comment": (
        f'<tt><p begin="0s" end="1.6s">{HATE}</p><!-- <p begin="1s" end="2s">not said</p> -->'
        f'<p begin="1.6s" end="3.8s"><![CDATA[{DAY}]]></p></tt>',
        TWO,
        "",
    ),
    "TTML, times of a part begin with it": (
        f'<tt><body><div begin="10s"><p begin="0s" end="1.6s">{HATE}</p></div><div/>'
        f'<div><p begin="1.6s" end="3.8s">{DAY}</p></div></body></tt>',
        [LATER, (10.0, 11.6, HATE)],
        "",
    ),
    "TTML, times of spans": (
        f'<tt><p><span begin="0s" end="1.6s">{HATE}</span></p>'
        f'<p><span begin="1.6s" end="3.8s">{DAY}</span></p></tt>',
        TWO,
        "",
    ),
    "TTML, spans in their paragraph's time": (
        '<tt><p begin="1s" end="4s"><span begin="0s">I hate</span> <span begin="1s">this</span></p></tt>',
        [(1.0, 4.0, "I hate this")],
        "",
    ),
    "TTML, 23.976 frames": (
        f'<tt ttp:frameRate="24" ttp:frameRateMultiplier="1000 1001"><p begin="0f" end="48f">{HATE}</p></tt>',
        [(0.0, 2.002, HATE)],
        "",
    ),
    "RealText": (
        f'<window type="generic">\n<time begin="0:00:00.0" end="0:00:01.6"/>{HATE}\n'
        f'<time begin="0:00:01.6" end="0:00:03.8"/>{DAY}\n</window>',
        TWO,
        "",
    ),
    "USF": (
        f'<?xml version="1.0"?><USFSubtitles><subtitle start="00:00:00.000" stop="00:00:01.600"><text>{HATE}'
        f'</text></subtitle><subtitle start="00:00:01.600" stop="00:00:03.800"><text>{DAY}</text></subtitle></USFSubtitles>',
        TWO,
        "",
    ),
    "MicroDVD with its look": (
        f"{{DEFAULT}}{{}}{{C:$0000ff}}\n{{1}}{{1}}25\n{{0}}{{40}}{HATE}\n{{40}}{{95}}{DAY}",
        TWO,
        "",
    ),
    "Whisper's tokens": (
        f"<|startoftranscript|><|en|><|0.00|> {HATE}<|1.60|><|1.60|> {DAY}<|3.80|><|endoftext|>",
        TWO,
        "",
    ),
    "a list": (f"- 0:00 {HATE}\n- 0:01 {DAY}", BEGUN, ""),
    "a list with times in brackets": (f"* [0:00] {HATE}\n* [0:01] {DAY}", BEGUN, ""),
    "nicks": (f"[0:00] <anna> {HATE}\n[0:01] <bob> {DAY}", BEGUN, ""),
    "minutes and seconds with their letters": (f"0m0s {HATE}\n0m1s {DAY}", BEGUN, ""),
    "minutes and seconds in brackets": (f"[0m0s] {HATE}\n[0h0m1s] {DAY}", BEGUN, ""),
    "more minutes than an hour has": (
        f"1\n00:00:00,000 --> 00:00:01,600\n{HATE}\n\n2\n00:61:01,600 --> 00:00:03,800\n{DAY}",
        TWO,
        "line 6",
    ),
    "bold names": (f"[0:00] **Anna:** {HATE}\n\n[0:01] **Bob:** {DAY}", BEGUN, ""),
    "seconds in brackets": (f"(0.0s - 1.6s) {HATE}\n(1.6s - 3.8s) {DAY}", TWO, ""),
    "bars": (f"start|end|text\n0.0|1.6|{HATE}\n1.6|3.8|{DAY}", TWO, ""),
    "a table of Markdown": (
        f"| Start | End | Text |\n|---|:--|---|\n| 0:00.0 | 0:01.6 | {HATE} |\n| 0:01.6 | 0:03.8 | {DAY} |",
        TWO,
        "",
    ),
    "commas without names": (f'0.0,1.6,"{HATE}"\n1.6,3.8,{DAY}', TWO, ""),
    "blanks between": (f"0.0 1.6 {HATE}\n1.6 3.8 {DAY}", TWO, ""),
    "words with their signs": (
        '{"words": ['
        '{"word": "i", "punctuated_word": "I", "start": 0.0, "end": 0.3}, '
        '{"word": "hate", "punctuated_word": "hate", "start": 0.3, "end": 0.8}, '
        '{"word": "it", "punctuated_word": "it.", "start": 0.8, "end": 1.2}, '
        '{"word": "oh", "punctuated_word": "Oh.", "start": 1.2, "end": 1.5}]}',
        [(0.0, 1.2, "I hate it."), (1.2, 1.5, "Oh.")],
        "",
    ),
    "from to, words behind": (
        f"00:00:00 - 00:00:02 {HATE}\n00:00:02 - 00:00:04 {DAY}",
        [(0.0, 2.0, HATE), (2.0, 4.0, DAY)],
        "",
    ),
    "from to in minutes": (f"0:00 - 0:01 {HATE}\n0:01 to 0:04 {DAY}", BEGUN, ""),
    "names before times": (f"Speaker1: [00:00:00] {HATE}\n\nAnna Lee (0:01): {DAY}", BEGUN, ""),
    "names alone behind times": (f"[0:00] - Anna\n{HATE}\n\n[0:01] - Bob Lee\n{DAY}", BEGUN, ""),
    "SubViewer 1": (
        f"[TITLE]\nNot said\n[AUTHOR]\nNobody\n[BEGIN]\n[00:00:00]\n{HATE}\n[00:00:01]\n\n[00:00:02]\n{DAY}\n[00:00:04]\n[END]",
        [(0.0, 1.0, HATE), (2.0, 4.0, DAY)],
        "1 of 3 entries was not read",
    ),
    "a sign before the number": (SRT.replace("1\n0", "# 1\n0").replace("2\n0", "# 2\n0"), TWO, ""),
    "long arrows": (SRT.replace("-->", "------>"), TWO, ""),
    "WebVTT in small letters": (VTT.replace("WEBVTT", "webvtt"), TWO, ""),
    "semicolons in a table": (
        f'"Speaker Name","Start Time","End Time","Text"\n"Anna","00;00;00;00","00;00;01;15","{HATE}"\n'
        f'"Bob","00;00;01;15","00;00;03;20","{DAY}"\n',
        TWO,
        "",
    ),
    "captions that roll with pauses": (
        "\n\n".join(
            f"00:0{at},000 --> 00:0{at},500\n{words}"
            for at, words in enumerate(("A day", "A day\nthat I", "that I\nhate", "hate\nso much"))
        ),
        [(0.0, 0.5, "A day"), (1.0, 1.5, "that I"), (2.0, 2.5, "hate"), (3.0, 3.5, "so much")],
        "repeat lines",
    ),
    "each word lit in turn": (
        "00:00,000 --> 00:01,000\n<b>I</b> hate it\n\n00:01,000 --> 00:02,000\nI <b>hate</b> it\n\n"
        "00:02,000 --> 00:03,000\nI hate <b>it</b>\n",
        [(0.0, 3.0, "I hate it")],
        "repeat lines",
    ),
    "an agenda": (
        "9:30 - 9:45 breakfast\n9:45 - 10:00 tears",
        "9:30 - 9:45 breakfast\n9:45 - 10:00 tears",
        UNKNOWN,
    ),
    "nothing that can be seen": ("\u200b\u200b \u200e\ufeff", "", ""),
    "a sound alone": ("[music] (APPLAUSE)", "", "such as [music]"),
    "an entry that can't be seen": (SRT.replace(HATE, "\u200b"), [LATER], ""),
    "unknown, with times in its lines": (
        "clip 1 anna 0.00 1.60 I hate this\nclip 1 bob 1.60 3.80 so much",
        "clip 1 anna 0.00 1.60 I hate this\nclip 1 bob 1.60 3.80 so much",
        UNKNOWN,
    ),
}
STILL_PROSE: dict[str, Case] = {
    text: (text, text, "")
    for text in (
        "Anna: I hate it.\nBob: Me too.",
        "Lunch at 12:30\nI hate it.\nDinner at 18:30\nI cried.",
        "On 28.11.2026 at 10:30 Anna left: I cried.",
        "Matthew 10:30 is short.\nLuke 10:31 is not.",
        "It was 3.5 against 4.0 then.\nWe cried.",
        "28.11.2026\nI hate it.",
        "Anna (30): I hate it.\nBob (31): Me too.",
    )
}
NOT_READ = (
    ('File type = "ooTextFile"\nObject class = "TextGrid"\n', "TextGrid"),
    ("# VobSub index file, v7\nsize: 720x576\n", "VobSub"),
    ("FORMAT=TIME\n\n0 1.6\nI hate it\n", "MPSub"),
    ("#T100\n0:00:00.00 0:00:01.60 D I hate it\n", "JACOsub"),
    ("- start: 0.0\n  end: 1.6\n  text: I hate it\n", "YAML"),
)
