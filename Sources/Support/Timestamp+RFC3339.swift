extension Timestamp {
    /// Reads a time of RFC 3339 with any offset: `2026-11-21T08:44:23+01:00`. `nil` for anything else.
    package init?(rfc3339 text: String) {
        let text = text.uppercased().replacing(" ", with: "T")
        if let time = Timestamp(iso8601: text) {
            self = time
            return
        }
        let bytes = Array(text.utf8.suffix(6))
        guard text.utf8.count > 6, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            bytes[3] == UInt8(ascii: ":"),
            let hours = Int64(String(decoding: bytes[1...2], as: UTF8.self)), (0...23).contains(hours),
            let minutes = Int64(String(decoding: bytes[4...5], as: UTF8.self)), (0...59).contains(minutes),
            let local = Timestamp(iso8601: String(text.dropLast(6)) + "Z")
        else { return nil }
        let offset = Duration.minutes(hours * 60 + minutes)
        self = bytes[0] == UInt8(ascii: "+") ? local - offset : local + offset
    }
}
