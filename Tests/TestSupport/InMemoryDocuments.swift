import ApprovalEngine

/// Documents as values.
struct InMemoryDocuments {
    /// In the order in which they were first saved.
    private var documents: [Document] = []
    private(set) var generations: [DocumentKind: Int64] = [:]

    func all(_ kind: DocumentKind) -> [Document] { documents.filter { $0.kind == kind } }

    mutating func commit(_ change: DocumentsChange) throws(StoreError) {
        var next = documents
        for deletion in change.deleted {
            guard
                let index = next.firstIndex(where: { $0.kind == deletion.kind && $0.id == deletion.id }),
                next[index].version == deletion.version
            else { throw .conflict }
            next.remove(at: index)
        }
        for document in change.saved {
            var saved = document
            saved.version += 1
            let index = next.firstIndex { $0.kind == document.kind && $0.id == document.id }
            guard index.map({ next[$0].version }) ?? 0 == document.version else { throw .conflict }
            if let index {
                saved.createdAt = next[index].createdAt
                next[index] = saved
            } else {
                next.append(saved)
            }
        }
        for document in change.saved {
            for other in next where other.kind == document.kind && other.id != document.id {
                if let name = document.unique.intersection(other.unique).min() {
                    throw .taken(name: name, by: other.id)
                }
            }
        }
        documents = next
        for kind in Set(change.saved.map(\.kind) + change.deleted.map(\.kind)) { generations[kind, default: 0] += 1 }
    }
}
