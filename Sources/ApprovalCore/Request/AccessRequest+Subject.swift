extension AccessRequest {
    /// What no click changes, shared by the copies of a run: on its way between the database and a card a run is copied
    /// a dozen times, and here are most of the texts of which a copy counts each one.
    final class Subject: Hashable, Sendable {
        struct Parts: Hashable {
            let id: RunID
            var submission: Submission
            var revision: String
            var terms: Terms
            var binding: Binding
            var routing: Routing?
        }

        let parts: Parts

        init(_ parts: Parts) { self.parts = parts }

        func changed(_ change: (inout Parts) -> Void) -> Subject {
            var parts = parts
            change(&parts)
            return Subject(parts)
        }

        static func == (left: Subject, right: Subject) -> Bool { left === right || left.parts == right.parts }
        func hash(into hasher: inout Hasher) { hasher.combine(parts) }
    }

    // Lent, not handed out: whoever looks at one text copies no others.

    package var id: RunID { _read { yield subject.parts.id } }

    /// Changes only by what is on record as `amended`.
    package internal(set) var submission: Submission {
        _read { yield subject.parts.submission }
        set { subject = subject.changed { $0.submission = newValue } }
    }

    /// The revision this run behaves by. Changes only when its binding broke and it is asked anew (decisions.md 3).
    package var revision: String {
        _read { yield subject.parts.revision }
        set { subject = subject.changed { $0.revision = newValue } }
    }

    package var terms: Terms {
        _read { yield subject.parts.terms }
        set { subject = subject.changed { $0.terms = newValue } }
    }

    package var binding: Binding {
        _read { yield subject.parts.binding }
        set { subject = subject.changed { $0.binding = newValue } }
    }

    /// Who may decide and who is told; absent until the flow has answered.
    package var routing: Routing? {
        _read { yield subject.parts.routing }
        set { subject = subject.changed { $0.routing = newValue } }
    }
}
