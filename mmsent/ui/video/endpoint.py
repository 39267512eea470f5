"""The public API of the clip tab, as an endpoint and as an MCP tool."""

from typing import Any, Final

import gradio as gr

from mmsent.media import MediaError
from mmsent.pipelines.video import VideoPipeline
from mmsent.pipelines.video_inputs import check_modalities
from mmsent.text import replace_lone_surrogates
from mmsent.transcripts import parse_transcript
from mmsent.ui.video.parts import Parts
from mmsent.ui.video.session import NO_CLIP

CLIPS_AT_ONCE: Final = 1  # decoding one keeps two cores busy


def add_endpoint(video: VideoPipeline, parts: Parts) -> None:
    """A clip and a transcript in, JSON out."""
    answer = gr.JSON(
        visible=False, label="Emotion and sentiment over time, fused and by modality, and the faces"
    )

    every = list(video.modalities)

    def predict(
        clip: str | None,
        transcript: str | None = None,
        modalities: list[str] = every,
    ) -> dict[str, Any]:
        """
        Reads emotion (7) and sentiment (3) of a video clip over time, from its words, its voices
        and its faces.

        Parameters:
            clip: A video file (MP4, MOV, 3GP, MKV, WebM, AVI, MTS, MPEG or WMV) or a sound file; at most ten minutes of it
                are read.
            transcript: What is said in it: plain text or subtitles (SRT, VTT and others); "" where nothing is said; None to
                have the subtitles inside the file read, else what is said written down, in English.
            modalities: Which of "text", "audio" and "face" count ("picture" in place of "face" for a model that does not look
                for faces).
        Returns:
            {"emotion", "sentiment": {"top", "confidence", "unsure", "probs"}, "moments": [{"start", "end" (seconds), "text",
            "emotion", "sentiment", "by_modality": {name: emotion}, "weights": {name: share}, "conflict", "doubtful": whether
            the words were hard to hear, "shares": {name: log-odds}, "tokens": the words, "attributions": one number a word,
            "phrases": [{"start", "end", "attribution"}, ...], "clip_attributions", "clip_phrases": the same toward the
            emotion of the whole clip}, ...], "faces":
            [{"time", "box": [x0, y0, x1, y1], "track", "emotions"}, ...], "duration", "transcript" (SRT), "size": [width,
            height], "lead": the track that counted, "loudness", "weights", "shares", "agreement", "notes"}. Attributions are
            the log-odds of the emotion's "top" less those without the word, shares how far words, voice or face move them
            from equal chances (Shapley values).
        """
        try:
            if clip is None:
                raise MediaError(NO_CLIP)
            counts, words = (
                check_modalities(modalities, video.modalities),
                None if transcript is None else replace_lone_surrogates(transcript),
            )
            # what is wrong with it is told before the clip is watched
            parse_transcript(words or "")
            seen = video.watch(clip, recognise=words is None and "text" in counts)
            # not predict, which looks for files of the server
            return video.judge(seen, words, counts, reasons=True).to_dict()
        except MediaError as problem:
            raise gr.Error(str(problem), print_exception=False) from None

    predict.__name__ = "video"  # so is the MCP tool called
    gr.Button(visible=False).click(
        predict,
        [parts.clip, parts.words, parts.counts],
        answer,
        api_name="video",
        concurrency_limit=CLIPS_AT_ONCE,
        concurrency_id="video",
    )
