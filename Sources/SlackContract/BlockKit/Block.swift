import Support

/// A part of a message or view. Whatever is put in, what comes out obeys Slack's limits: texts are shortened, what is
/// too many for one block goes into further blocks, and nothing required is empty.
package enum Block: Hashable, Sendable {
    /// Text, up to any number of fields in two columns, and one element at the right.
    case section(Mrkdwn, fields: [Mrkdwn] = [], accessory: Element? = nil, id: String? = nil)
    /// Text that is shown exactly, without any markup.
    case plainSection(PlainText, accessory: Element? = nil, id: String? = nil)
    case header(PlainText, id: String? = nil)
    /// Small grey text.
    case context([Mrkdwn], id: String? = nil)
    case divider(id: String? = nil)
    case actions([Element], id: String? = nil)
    /// `dispatches`: every change comes as a block action as well.
    case input(
        label: PlainText, element: Element, hint: PlainText? = nil, isOptional: Bool = false, dispatches: Bool = false,
        id: String? = nil)

    package static var divider: Block { .divider() }

    var isInput: Bool {
        if case .input(_, let element, _, _, _, _) = self { element.isAllowed(in: .input) } else { false }
    }
}

extension Block {
    /// The JSON of this block; several where one would hold too much. Ids are not unique yet: see `BlockList`.
    func json(ids: inout UniqueIDs) -> [JSONValue] {
        switch self {
        case .section(let text, let fields, let accessory, let id):
            return section(text, fields, accessory, id, &ids)

        case .plainSection(let text, let accessory, let id):
            var json = start("section", id, &ids)
            json["text"] = text.json(limit: Limits.text)
            json["accessory"] = accessoryJSON(accessory)
            return [.object(json)]

        case .header(let text, let id):
            var json = start("header", id, &ids)
            json["text"] = text.json(limit: Limits.header)
            return [.object(json)]

        case .context(let elements, let id):
            let texts = elements.isEmpty ? [Mrkdwn.empty] : elements
            return chunks(texts, of: Limits.contextElements).map { part in
                var json = start("context", id, &ids)
                json["elements"] = .array(part.map { $0.json(limit: Limits.text) })
                return .object(json)
            }

        case .divider(let id): return [.object(start("divider", id, &ids))]

        case .actions(let elements, let id):
            return chunks(elements.filter { $0.isAllowed(in: .actions) }, of: Limits.actionElements).map { part in
                var json = start("actions", id, &ids)
                var actionIDs = UniqueIDs()
                json["elements"] = .array(part.map { $0.json(ids: &actionIDs) })
                return .object(json)
            }

        case .input(let label, let element, let hint, let isOptional, let dispatches, let id):
            // What no input may hold still shows: its label, and beside it the element.
            guard element.isAllowed(in: .input) else {
                return Block.plainSection(label, accessory: element, id: id).json(ids: &ids)
            }
            var json = start("input", id, &ids)
            var actionIDs = UniqueIDs()
            json["label"] = label.json(limit: Limits.label)
            json["element"] = dispatches ? element.dispatching(ids: &actionIDs) : element.json(ids: &actionIDs)
            if let hint, !hint.isBlank { json["hint"] = hint.json(limit: Limits.label) }
            json["optional"] = .bool(isOptional)
            if dispatches { json["dispatch_action"] = true }
            return [.object(json)]
        }
    }

    private func section(
        _ text: Mrkdwn, _ fields: [Mrkdwn], _ accessory: Element?, _ id: String?, _ ids: inout UniqueIDs
    ) -> [JSONValue] {
        let parts = chunks(fields, of: Limits.fields)
        return (0..<max(1, parts.count)).map { index in
            var json = start("section", id, &ids)
            let part = parts.indices.contains(index) ? parts[index] : []
            if index == 0, !text.isBlank || part.isEmpty { json["text"] = text.json(limit: Limits.text) }
            if !part.isEmpty { json["fields"] = .array(part.map { $0.json(limit: Limits.fieldText) }) }
            if index == 0 { json["accessory"] = accessoryJSON(accessory) }
            return .object(json)
        }
    }

    private func accessoryJSON(_ accessory: Element?) -> JSONValue? {
        guard let accessory, accessory.isAllowed(in: .section) else { return .none }
        var ids = UniqueIDs()
        return accessory.json(ids: &ids)
    }

    private func start(_ type: String, _ id: String?, _ ids: inout UniqueIDs) -> JSONObject {
        var json: JSONObject = ["type": .string(type)]
        if let id, !id.isEmpty { json["block_id"] = .string(ids.unique(id)) }
        return json
    }

    private func chunks<Item>(_ items: [Item], of size: Int) -> [[Item]] {
        stride(from: 0, to: items.count, by: size).map { Array(items[$0..<Swift.min($0 + size, items.count)]) }
    }
}

/// Blocks as a message or view takes them: unique ids, not too many, not too large. What does not fit is counted in a
/// last line, so that nobody takes a part for the whole.
enum BlockList {
    static func json(_ blocks: [Block], countMax: Int, bytesMax: Int = .max) -> [JSONValue] {
        var ids = UniqueIDs()
        let all = blocks.flatMap { $0.json(ids: &ids) }
        var kept: [JSONValue] = []
        var bytes = 0
        for block in all {
            bytes += bytesMax == .max ? 0 : block.compact.utf8.count
            guard kept.count < countMax, bytes <= bytesMax else { break }
            kept.append(block)
        }
        guard kept.count < all.count else { return kept }
        if kept.count == countMax { kept.removeLast() }
        let note: Mrkdwn = "_\(all.count - kept.count) more parts do not fit here._"
        var noteIDs = UniqueIDs()
        return kept + Block.context([note]).json(ids: &noteIDs)
    }
}
