package import HTTPModel
import Support

/// A refusal, in the one envelope that satisfies every client of Sym's (sym-api.md 1.1): `message` is always a text, and
/// what it says stands in `errors` too, because the Terraform provider shows nothing else.
package struct APIError: Error, Hashable, Sendable {
    package struct Detail: Hashable, Sendable {
        /// The key of the body or query that is wrong, as the client wrote it; empty where no one key is.
        package var field: String
        package var message: String

        package init(field: String = "", message: String) {
            self.field = field
            self.message = message
        }
    }

    package var status: Int
    /// `Area:NAME`.
    package var code: String
    package var message: String
    package var details: [Detail]
    package var isRetryable: Bool
    /// Seconds after which trying again makes sense.
    package var retryAfter: Int?

    /// - Parameter details: without any, the message stands for itself.
    package init(
        status: Int, code: String, message: String, details: [Detail] = [], isRetryable: Bool = false,
        retryAfter: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.details = details.isEmpty ? [Detail(message: message)] : details
        self.isRetryable = isRetryable
        self.retryAfter = retryAfter
    }

    package var response: HTTPResponse {
        let body: JSONValue = [
            "error": true, "message": .string(message),
            "errors": .array(details.map { ["field": .string($0.field), "message": .string($0.message)] }),
            "code": .string(code), "status_code": .int(Int64(status)), "is_retryable": .bool(isRetryable),
        ]
        var headers: HTTPHeaders = ["Content-Type": APIResponse.json]
        if status == 401 { headers["WWW-Authenticate"] = "Bearer" }
        if let retryAfter { headers["Retry-After"] = String(retryAfter) }
        return HTTPResponse(status: status, headers: headers, body: body.bytes)
    }
}

extension APIError {
    /// 400, about one key of the request.
    package static func invalid(
        _ field: String, _ message: String, code: String = "Request:INVALID_FIELD"
    ) -> APIError {
        APIError(
            status: 400, code: code, message: field.isEmpty ? message : "\(field): \(message)",
            details: [Detail(field: field, message: message)]
        )
    }

    package static func notFound(_ message: String, code: String = "Request:NOT_FOUND") -> APIError {
        APIError(status: 404, code: code, message: message)
    }

    package static func conflict(
        _ field: String, _ message: String, code: String = "Request:CONFLICT"
    ) -> APIError {
        APIError(status: 409, code: code, message: message, details: [Detail(field: field, message: message)])
    }

    package static func forbidden(_ message: String) -> APIError {
        APIError(status: 403, code: "Authorization:FORBIDDEN", message: message)
    }

    /// The token is missing, malformed, expired or revoked; which of these is not said to whoever has none that works.
    package static let notAuthorized = APIError(
        status: 401, code: "Authentication:INVALID_JWT",
        message: "The token is missing, invalid, expired or revoked. Log in again, or set SYM_JWT to a valid token."
    )

    /// The store does not answer.
    package static let unavailable = APIError(
        status: 503, code: "Server:UNAVAILABLE", message: "The database does not answer. Try again in a moment.",
        isRetryable: true, retryAfter: 1
    )
}
