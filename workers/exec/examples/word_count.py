#!/usr/bin/env python3
"""Counts the words of a text: {"text": "to be or not to be"} -> {"words": 6, "different": 4}."""
import json
import sys


def tell(**line):
    print(json.dumps(line), flush=True)


job = json.load(sys.stdin)
text = job.get("text")
if not isinstance(text, str):
    tell(error={"category": "invalid-input", "code": "text", "message": "text is missing or no string"})
    sys.exit(65)
words = text.split()
tell(progress=50, message=f"{len(words)} words")
tell(log=f"the text has {len(text)} characters")
tell(result={"words": len(words), "different": len(set(words))})
