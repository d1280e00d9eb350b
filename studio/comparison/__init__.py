"""Comparisons: the same prompts on several models under frozen settings, ordered whole and judged by people."""
