import CYAML
import Support

/// A document as YAML has it: what the login file holds, with everything in it that we do not know.
package indirect enum YAMLNode: Hashable, Sendable {
    /// - `isPlain`: written without quotation marks, so that `true` and `12` are no text.
    case scalar(String, isPlain: Bool)
    case sequence([YAMLNode])
    case mapping([Pair])

    package struct Pair: Hashable, Sendable {
        package var key: YAMLNode
        package var value: YAMLNode

        package init(key: YAMLNode, value: YAMLNode) {
            self.key = key
            self.value = value
        }
    }

    /// A text, quoted where YAML would take it for something else.
    package static func text(_ text: String) -> YAMLNode { .scalar(text, isPlain: isPlainText(text)) }
    package static func number(_ number: Int64) -> YAMLNode { .scalar(String(number), isPlain: true) }
    package static let emptyMapping = YAMLNode.mapping([])

    package var text: String? { if case .scalar(let text, _) = self { text } else { nil } }

    /// The value under a name; `nil` where this is no mapping or has no such key. Setting `nil` takes the key away.
    package subscript(name: String) -> YAMLNode? {
        get {
            guard case .mapping(let pairs) = self else { return nil }
            return pairs.first { $0.key.text == name }?.value
        }
        set {
            var pairs: [Pair] = []
            if case .mapping(let present) = self { pairs = present }
            let place = pairs.firstIndex { $0.key.text == name }
            switch (place, newValue) {
            case (let place?, let value?): pairs[place].value = value
            case (let place?, nil): pairs.remove(at: place)
            case (nil, let value?): pairs.append(Pair(key: .text(name), value: value))
            case (nil, nil): return
            }
            self = .mapping(pairs)
        }
    }

    /// Texts that begin like a word and are none of the words that YAML 1.1 gives a meaning.
    private static func isPlainText(_ text: String) -> Bool {
        guard let first = text.utf8.first else { return false }
        let isWord = (0x41...0x5a).contains(first) || (0x61...0x7a).contains(first) || first == UInt8(ascii: "/")
        let meanings = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        return isWord && !meanings.contains(text.lowercased()) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }
}

/// Why a text is not a document that we read.
package struct YAMLError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
}

extension YAMLNode {
    /// Deeper, or with more nodes (an alias counts each time it stands for something), and it is no login file.
    private static let depthMax = 32
    private static let nodesMax = 10_000
    private static let bytesMax = 1 << 20

    /// Reads the first document; an empty text is an empty mapping.
    package init(parsing bytes: [UInt8]) throws(YAMLError) {
        guard bytes.count <= Self.bytesMax else { throw YAMLError(description: "longer than \(Self.bytesMax) bytes") }
        var document = yaml_document_t()
        var problem = [CChar](repeating: 0, count: 256)
        guard cyaml_load(&document, bytes, bytes.count, &problem, problem.count) == 1 else {
            throw YAMLError(description: String(decoding: problem.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self))
        }
        defer { yaml_document_delete(&document) }
        let root = cyaml_root(&document)
        var nodesLeft = Self.nodesMax
        self = root == 0 ? .emptyMapping : try Self.node(root, in: &document, depth: 0, &nodesLeft)
    }

    private static func node(
        _ number: Int32, in document: inout yaml_document_t, depth: Int, _ nodesLeft: inout Int
    ) throws(YAMLError) -> YAMLNode {
        nodesLeft -= 1
        guard depth < depthMax, nodesLeft > 0 else { throw YAMLError(description: "nested too deeply, or too large") }
        switch UInt8(bitPattern: cyaml_kind(&document, number)) {
        case UInt8(ascii: "s"):
            var count = 0
            var plain: Int32 = 0
            let start = cyaml_scalar(&document, number, &count, &plain)
            let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
            return .scalar(text, isPlain: plain == 1)
        case UInt8(ascii: "q"):
            var items: [YAMLNode] = []
            for index in 0..<cyaml_count(&document, number) {
                let item = cyaml_item(&document, number, index)
                items.append(try node(item, in: &document, depth: depth + 1, &nodesLeft))
            }
            return .sequence(items)
        default:
            var pairs: [Pair] = []
            for index in 0..<cyaml_count(&document, number) {
                let key = cyaml_key(&document, number, index)
                let value = cyaml_value(&document, number, index)
                pairs.append(
                    Pair(
                        key: try node(key, in: &document, depth: depth + 1, &nodesLeft),
                        value: try node(value, in: &document, depth: depth + 1, &nodesLeft)
                    )
                )
            }
            return .mapping(pairs)
        }
    }

    /// The document's text.
    package func bytes() throws(YAMLError) -> [UInt8] {
        var document = yaml_document_t()
        guard cyaml_start(&document) == 1 else { throw YAMLError(description: "no memory") }
        _ = add(to: &document)
        var written = 0
        var done: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.bytesMax) { buffer, filled in
            done = cyaml_dump(&document, buffer.baseAddress, buffer.count, &written)
            filled = done == 1 ? written : 0
        }
        guard done == 1 else { throw YAMLError(description: "cannot be written as YAML") }
        return bytes
    }

    private func add(to document: inout yaml_document_t) -> Int32 {
        switch self {
        case .scalar(let text, let isPlain):
            return cyaml_add_scalar(&document, text, text.utf8.count, isPlain ? 1 : 0)
        case .sequence(let items):
            let number = cyaml_add_sequence(&document)
            for item in items { yaml_document_append_sequence_item(&document, number, item.add(to: &document)) }
            return number
        case .mapping(let pairs):
            let number = cyaml_add_mapping(&document)
            for pair in pairs {
                let key = pair.key.add(to: &document)
                yaml_document_append_mapping_pair(&document, number, key, pair.value.add(to: &document))
            }
            return number
        }
    }
}
