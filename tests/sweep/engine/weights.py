"""Source of the smallest thing with a state, for trainers that are written as text."""

WEIGHTS = """
class Weights:
    value = 0.0
    def state_dict(self): return {"value": self.value}
    def load_state_dict(self, state): self.value = state["value"]
"""
