package import ApprovalCore
package import HTTPModel

/// One method on one path of `/api/v1`, with who may call it (SYM-43).
package struct APIRoute: Sendable {
    package enum Access: Hashable, Sendable {
        /// Also without a token.
        case everybody
        /// With a valid token of somebody who has at least this role.
        case atLeast(Role)
    }

    package var method: String
    /// Behind `/api/v1/`: `users/{id}/set-role`. A part in braces stands for any one segment.
    package var pattern: String
    package var access: Access
    /// How long the answer to a request may be waited for, where that is not what all others get.
    package var waiting: @Sendable (HTTPRequest) -> Duration?
    package var answer: @Sendable (APICall) async throws -> HTTPResponse

    let segments: [Substring]

    /// - Parameter answer: what it throws other than `APIError` and `StoreError` is answered with 500 and logged.
    package init(
        _ method: String, _ pattern: String, _ access: Access,
        waiting: @escaping @Sendable (HTTPRequest) -> Duration? = { _ in nil },
        answer: @escaping @Sendable (APICall) async throws -> HTTPResponse
    ) {
        self.method = method
        self.pattern = pattern
        self.access = access
        self.waiting = waiting
        self.answer = answer
        segments = pattern.split(separator: "/")
    }

    /// What stands in the place of the pattern's `{name}`; `nil` where the path is not meant. Segments compare without
    /// case nowhere: only slugs do (sym-api.md 14.2), and they are values.
    func parameters(of path: [String]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (segment, part) in zip(segments, path) {
            if segment.hasPrefix("{"), segment.hasSuffix("}") {
                parameters[String(segment.dropFirst().dropLast())] = part
            } else if segment != part {
                return nil
            }
        }
        return parameters
    }

    /// How many of its segments are fixed: of two routes that are meant the one with more wins.
    var fixedSegments: Int { segments.count { !$0.hasPrefix("{") } }
}
