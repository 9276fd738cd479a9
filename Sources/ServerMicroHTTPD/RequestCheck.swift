import HTTPModel

/// What must be true of a request's header before its body is read. libmicrohttpd accepts more than this, and takes the
/// first of two that disagree, where a proxy before us may have taken the second (RFC 9112, sections 5.1, 6.1 and 6.3).
enum RequestCheck {
    enum Verdict: Hashable {
        /// `declared` is the length of the body where the client said it.
        case fine(declared: Int?)
        case refused(status: Int, reason: String)
    }

    static func verdict(
        method: String, version: String, target: String, fields: [HTTPHeaders.Field], bodyBytesMax: Int
    ) -> Verdict {
        guard HTTPGrammar.isToken(method) else { return .refused(status: 400, reason: "malformed method") }
        guard HTTPGrammar.isTarget(target) else { return .refused(status: 400, reason: "malformed request target") }
        guard fields.allSatisfy(\.isWellFormed) else { return .refused(status: 400, reason: "malformed header field") }

        let headers = HTTPHeaders(fields)
        let hosts = headers.values(of: "Host")
        guard hosts.count == 1 || hosts.isEmpty && version == "HTTP/1.0" else {
            return .refused(status: 400, reason: "one Host, please")
        }
        let lengths = headers.values(of: "Content-Length")
        let codings = headers.values(of: "Transfer-Encoding")
        guard codings.isEmpty else {
            guard lengths.isEmpty else {
                return .refused(status: 400, reason: "Content-Length and Transfer-Encoding contradict each other")
            }
            guard codings.count == 1, version != "HTTP/1.0" else {
                return .refused(status: 400, reason: "malformed Transfer-Encoding")
            }
            guard codings[0].isEqualIgnoringCase(to: "chunked") else {
                return .refused(status: 501, reason: "no transfer coding but chunked is known here")
            }
            return .fine(declared: nil)
        }
        guard let first = lengths.first else { return .fine(declared: nil) }
        guard lengths.count == 1 else { return .refused(status: 400, reason: "more than one Content-Length") }
        guard let length = HTTPGrammar.contentLength(first) else {
            return .refused(status: 400, reason: "malformed Content-Length")
        }
        guard length <= bodyBytesMax else { return .refused(status: 413, reason: "the body is too large") }
        return .fine(declared: length)
    }
}
