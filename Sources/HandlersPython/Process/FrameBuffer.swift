import Support

/// Bytes from a worker, cut into frames: four bytes of length, big-endian, then that many bytes of JSON.
struct FrameBuffer: Sendable {
    /// A worker that sends more at once is ended.
    static let frameBytesMax = 1 << 20
    private static let headerBytes = 4

    private var bytes: [UInt8] = []
    private var start = 0

    /// More than so much that was not asked for yet is not kept.
    private static let bytesMax = 4 * frameBytesMax

    /// - Throws: `.garbage` when too much has come in that nobody waits for.
    mutating func append(_ more: some Sequence<UInt8>) throws(WorkerError) {
        bytes.append(contentsOf: more)
        guard bytes.count - start <= Self.bytesMax else { throw .garbage("it sends more than anybody reads") }
    }

    /// The next whole frame; `nil` while more bytes are needed.
    ///
    /// - Throws: `.garbage`. The connection cannot be used any more.
    mutating func next() throws(WorkerError) -> JSONObject? {
        guard bytes.count - start >= Self.headerBytes else { return nil }
        let length = bytes[start..<start + Self.headerBytes].reduce(0) { $0 << 8 | Int($1) }
        guard length <= Self.frameBytesMax else {
            throw .garbage("a frame of \(length) bytes exceeds the limit of \(Self.frameBytesMax)")
        }
        let body = start + Self.headerBytes
        guard bytes.count - body >= length else { return nil }
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes[body..<body + length]) } catch {
            throw .garbage("a frame is not JSON: \(error)")
        }
        guard let object = value.object, object["type"]?.text != nil else {
            throw .garbage("a frame is not an object with a type")
        }
        start = body + length
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.count <= Self.keptBytes)
            start = 0
        } else if start > Self.frameBytesMax {
            bytes.removeFirst(start)
            start = 0
        }
        return object
    }

    /// Room that is kept for the next frames.
    private static let keptBytes = 64 * 1024

    static func frame(_ message: JSONObject) -> [UInt8] {
        let body = JSONValue.object(message).bytes
        return withUnsafeBytes(of: UInt32(body.count).bigEndian, Array.init) + body
    }
}
