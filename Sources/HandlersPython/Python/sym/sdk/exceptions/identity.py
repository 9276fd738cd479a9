"""What people are called in other systems could not be found or kept."""

from sym.sdk.exceptions.sym_exception import ExceptionWithHint, SymException

__all__ = ["CouldNotSaveError", "IdentityError", "IdentityNotFound"]


class IdentityError(SymException):
    """Something is wrong with what a person is called in another system."""

    def __init__(self, name: str, message: str, error_type: str = "Identity") -> None:
        super().__init__(error_type, name, message)


class CouldNotSaveError(IdentityError):
    """An identity could not be kept."""

    def __init__(self, message: str) -> None:
        super().__init__("COULD_NOT_SAVE", message)


class IdentityNotFound(IdentityError, ExceptionWithHint):
    """A person is nobody in another system."""

    def __init__(self, email: str, service_id: str) -> None:
        self.email = email
        self.service_id = service_id
        super().__init__("NOT_FOUND", "No identity for {} was found in {}.".format(email, service_id))

    @property
    def hint(self) -> str:
        return "An administrator can say what {} is called there, with `symflow users`.".format(self.email)
