package import ApprovalCore
package import Support

package typealias EventID = Identifier<RunEvent>

/// Something that was asked for through the API, kept with the run in one transaction, so that its outcome can be asked
/// for (sym-api.md 10.3).
package struct RunEvent: Hashable, Sendable {
    /// For a click: the receipt's.
    package var id: EventID
    package var run: RunID
    package var name: Transition
    package var at: Timestamp
    /// What makes a repetition of the call the same call.
    package var key: IdempotencyKey?

    package init(id: EventID, run: RunID, name: Transition, at: Timestamp, key: IdempotencyKey? = nil) {
        self.id = id
        self.run = run
        self.name = name
        self.at = at
        self.key = key
    }

    /// How long a key stands for its event; then it is free again.
    package static let keyKept: Duration = .hours(24)
}

/// The caller's own name for one call, and what that call was.
package struct IdempotencyKey: Hashable, Sendable {
    /// Unique among all callers'.
    package var text: String
    /// The hash of the whole call: another call under the same key is a mistake.
    package var fingerprint: String

    package init(text: String, fingerprint: String) {
        self.text = text
        self.fingerprint = fingerprint
    }
}

/// Which runs to list. What is absent or empty does not matter.
package struct RunQuery: Hashable, Sendable {
    package var statuses: Set<Status.Run>
    /// The flow's name as it is written.
    package var flow: String?
    package var requester: PersonID?
    /// Made then or later.
    package var since: Timestamp?
    /// Made before.
    package var until: Timestamp?
    /// Only what stands behind this place.
    package var after: ListedRun.Place?
    package var limit: Int

    package init(
        statuses: Set<Status.Run> = [], flow: String? = nil, requester: PersonID? = nil, since: Timestamp? = nil,
        until: Timestamp? = nil, after: ListedRun.Place? = nil, limit: Int
    ) {
        self.statuses = statuses
        self.flow = flow
        self.requester = requester
        self.since = since
        self.until = until
        self.after = after
        self.limit = limit
    }
}

package struct ListedRun: Sendable {
    /// Where a run stands among all, and always will: by when it was made, then by when it was kept.
    package struct Place: Hashable, Sendable, Comparable {
        package var at: Timestamp
        package var number: Int64

        package init(at: Timestamp, number: Int64) {
            self.at = at
            self.number = number
        }

        package static func < (left: Self, right: Self) -> Bool {
            (left.at, left.number) < (right.at, right.number)
        }
    }

    package var place: Place
    package var run: AccessRequest

    package init(place: Place, run: AccessRequest) {
        self.place = place
        self.run = run
    }
}
