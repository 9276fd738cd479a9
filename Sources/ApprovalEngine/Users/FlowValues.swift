package import Support

/// The values that a flow's code keeps between requests (`sym.sdk.integrations.store`), as one tree of names. Each flow
/// has its own: another one's cannot be read or changed.
package struct FlowValues: Sendable {
    package enum Problem: Error, Hashable, Sendable {
        /// The name, with dots, of a value where a path wants to lead on.
        case leadsThroughValue(String)
        /// The tree would come to so many bytes.
        case tooMuch(Int)
        case store(StoreError)
    }

    /// All values of a flow together.
    package static let bytesMax = 256 * 1024
    static let kind = DocumentKind("flow_values")

    private let engine: ApprovalEngine
    private let flow: String

    package init(engine: ApprovalEngine, flow: String) {
        self.engine = engine
        self.flow = flow
    }

    /// - Returns: the value; a whole object where the path names what others are within; null where there is none.
    package func value(at path: [String]) async throws(Problem) -> JSONValue {
        var value = JSONValue.object(try await document()?.body ?? [:])
        for (index, name) in path.enumerated() {
            guard let object = value.object else {
                if value.isNull { return .null }
                throw .leadsThroughValue(path.prefix(index).joined(separator: "."))
            }
            value = object[name] ?? .null
        }
        return value
    }

    /// Durable when it returns.
    package func put(_ value: JSONValue, at path: [String]) async throws(Problem) {
        while true {
            let now = engine.clock.now()
            var document =
                try await document() ?? Document(kind: Self.kind, id: flow, body: [:], createdAt: now)
            document.body = try Self.tree(document.body, with: value, at: path[...], behind: [])
            document.updatedAt = now
            let bytes = JSONValue.object(document.body).bytes.count
            guard bytes <= Self.bytesMax else { throw .tooMuch(bytes) }
            do throws(StoreError) {
                return try await engine.store.commit(DocumentsChange(saved: [document]))
            } catch {
                // Somebody else was first, and made progress: this ends.
                guard error == .conflict else { throw .store(error) }
            }
        }
    }

    private func document() async throws(Problem) -> Document? {
        do throws(StoreError) { return try await engine.store.document(Self.kind, flow) } catch { throw .store(error) }
    }

    private static func tree(
        _ tree: JSONObject, with value: JSONValue, at path: ArraySlice<String>, behind names: [String]
    ) throws(Problem) -> JSONObject {
        guard let name = path.first else { return tree }
        var tree = tree
        if path.count == 1 {
            tree[name] = value
            return tree
        }
        let names = names + [name]
        let branch = tree[name] ?? .null
        guard branch.isNull || branch.object != nil else {
            throw .leadsThroughValue(names.joined(separator: "."))
        }
        tree[name] = .object(try Self.tree(branch.object ?? [:], with: value, at: path.dropFirst(), behind: names))
        return tree
    }
}
