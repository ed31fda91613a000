"""Callbacks that make a framework's own training loop a trainer; see README.md in this folder.

| module | for | needs |
|---|---|---|
| `lightning` | Lightning's `Trainer` | `pip install "sweep-ablation[lightning]"` |
| `huggingface` | Hugging Face's `Trainer` | `pip install "sweep-ablation[huggingface]"` |

Each is imported by the trainer that uses it, and by nothing else.
"""
