"""Attacks on the door of a running app: every route, against what THREATS calls T1 to T5, T7 and T18."""
