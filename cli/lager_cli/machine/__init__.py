"""Machines that become boxes: reached over ssh, set up, updated, and given back."""
