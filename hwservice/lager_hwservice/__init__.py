"""The hardware service: owns every instrument session. It knows nothing of scripts or pauses."""
