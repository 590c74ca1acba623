"""Coverage: what of a flow was shown by callers who were heard. Calls in writing earn nothing."""
