"""AWS Lambda."""

from typing import TYPE_CHECKING, Any, Dict, Optional, Union

from sym.sdk._runtime import call
from sym.sdk.exceptions.aws import AWSLambdaError

if TYPE_CHECKING:
    from sym.sdk.event import Event

__all__ = ["AWSLambdaError", "invoke", "invoke_async"]


def invoke(arn: str, payload: "Optional[Union[Event, Dict[str, Any]]]" = None) -> Any:
    """Invokes a function, waits for it and returns what it returned. Raises ``AWSLambdaError``."""
    return call("aws_lambda.invoke", {"arn": arn, "payload": payload})


def invoke_async(arn: str, payload: "Optional[Union[Event, Dict[str, Any]]]" = None) -> bool:
    """Has a function invoked without waiting for it; whether AWS took the invocation."""
    return call("aws_lambda.invoke_async", {"arn": arn, "payload": payload})  # type: ignore[no-any-return]
