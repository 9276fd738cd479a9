"""AWS failed or refused."""

from sym.sdk.exceptions.sym_exception import SymException

__all__ = ["AWSError", "AWSIAMError", "AWSLambdaError", "AWSSSOError"]


class AWSError(SymException):
    """A service of AWS failed or refused."""

    def __init__(self, name: str, message: str, error_type: str = "AWS") -> None:
        super().__init__(error_type, name, message)


class AWSIAMError(AWSError):
    """AWS IAM failed or refused."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name, message, "AWSIAM")


class AWSSSOError(AWSError):
    """AWS IAM Identity Center failed or refused."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name, message, "AWSSSO")


class AWSLambdaError(AWSError):
    """A Lambda function failed, or could not be invoked."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name, message, "AWSLambda")
