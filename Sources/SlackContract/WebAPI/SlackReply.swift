package import Support

/// What every answer of the Web API has (slack.md 2.1). A body that is no such object is a failure of the transport.
package struct SlackReply: Hashable, Sendable {
    package var isOK: Bool
    /// Present unless `isOK`.
    package var error: SlackErrorCode?
    /// The scope that is missing, and those that the token has: with `missing_scope`.
    package var needed: String?
    package var provided: String?
    /// Details, some with JSON pointers to what Slack refused; the log is their reader.
    package var details: [String]
    package var warnings: [String]
    /// Where the next page begins; `nil` after the last. A short or empty page need not be the last.
    package var nextCursor: String?
    package var body: JSONValue

    package init(parsing bytes: [UInt8]) throws(SlackDecodingError) {
        let body: JSONValue
        do { body = try JSONValue(parsing: bytes) } catch { throw .malformedJSON(error) }
        try self.init(body)
    }

    package init(_ body: JSONValue) throws(SlackDecodingError) {
        guard let isOK = body["ok"]?.flag else {
            throw .unexpected(path: "ok", expected: "a boolean", found: body["ok"]?.kind ?? "nothing")
        }
        let metadata = body["response_metadata"]
        self.isOK = isOK
        error = isOK ? nil : SlackErrorCode(body.string("error") ?? "")
        needed = body.string("needed")
        provided = body.string("provided")
        let errors = body["errors"]?.elements ?? []
        details = (metadata?.strings("messages") ?? []) + errors.map { $0.text ?? $0.compact }
        warnings =
            (body.string("warning").map { $0.split(separator: ",").map(String.init) } ?? [])
            + (metadata?.strings("warnings") ?? [])
        nextCursor = metadata?.string("next_cursor")
        self.body = body
    }
}

/// A part of a list.
package struct SlackPage<Item: Hashable & Sendable>: Hashable, Sendable {
    package var items: [Item]
    package var nextCursor: String?

    package init(_ body: JSONValue, _ member: String, _ item: (JSONValue) -> Item?) {
        items = body[member]?.elements?.compactMap(item) ?? []
        nextCursor = body["response_metadata"]?.string("next_cursor")
    }
}
