"""Types of the fields of a study file."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

Text = Annotated[str, Field(strict=True, min_length=1)]
Whole = Annotated[int, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=1)]
Seed = Annotated[
    int, Field(strict=True, ge=0, lt=2**32)
]  # NumPy's legacy generators take no more than 32 bits
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]
NotNegative = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]
Values = dict[str, Any]  # parameter → value


def _as_written(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    check(value)
    return value


Bound = Annotated[
    Number, WrapValidator(_as_written)
]  # 4 stays an integer: two of them make an integer parameter
Step = Annotated[Positive, WrapValidator(_as_written)]


class Section(BaseModel):
    """The base class of all sections."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
