import CCurl
import HTTPModel

/// A URL as libcurl reads it: what is checked here is what is connected to.
struct RequestURL {
    let isLoopback: Bool

    init(_ text: String) throws(TransportError) {
        guard HTTPGrammar.isTarget(text), let url = curl_url() else { throw .invalidRequest(reason: "malformed URL") }
        defer { curl_url_cleanup(url) }
        guard curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK, let host = Self.part(CURLUPART_HOST, of: url)
        else { throw .invalidRequest(reason: "malformed URL") }
        let scheme = Self.part(CURLUPART_SCHEME, of: url)
        guard scheme == "http" || scheme == "https" else {
            throw .invalidRequest(reason: "neither an http nor an https URL")
        }
        isLoopback =
            host.isEqualIgnoringCase(to: "localhost") || host.lowercased().hasSuffix(".localhost") || host == "[::1]"
            || host.hasPrefix("127.") && host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e }
    }

    private static func part(_ part: CURLUPart, of url: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, part, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
