"""Callbacks that turn a framework's training loop into a trainer; see README.md in this folder.

| module | for | needs |
|---|---|---|
| `lightning` | Lightning's `Trainer` | `pip install "sweep-ablation[lightning]"` |
| `huggingface` | Hugging Face's `Trainer` | `pip install "sweep-ablation[huggingface]"` |

Only a trainer that uses one imports it.
"""
