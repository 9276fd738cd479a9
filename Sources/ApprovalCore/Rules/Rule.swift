/// One line of a flow's rules (decisions.md 10): the first whose condition holds says what happens to a request.
package struct Rule: Hashable, Codable, Sendable {
    package var name: String
    package var condition: Condition
    package var outcome: Outcome

    package init(name: String, condition: Condition = .always, outcome: Outcome) {
        self.name = name
        self.condition = condition
        self.outcome = outcome
    }

    package indirect enum Condition: Hashable, Codable, Sendable {
        case always
        case all([Condition])
        case any([Condition])
        case not(Condition)
        case requester(RequesterCondition)
        /// The target has one of these names.
        case target([String])
        case field(FieldCondition)
        /// Seconds that access is asked for; either bound may be open.
        case duration(atLeastSeconds: Int?, atMostSeconds: Int?)
        case time(TimeCondition)
    }

    /// All that is given must hold.
    package struct RequesterCondition: Hashable, Codable, Sendable {
        /// Exactly this role.
        package var role: Role?
        /// Member of this Slack user group, `S…`.
        package var group: String?
        /// One of these e-mail addresses, lower case.
        package var emails: [String]?
        /// The account belongs to this workspace, `T…`.
        package var workspace: String?

        package init(role: Role? = nil, group: String? = nil, emails: [String]? = nil, workspace: String? = nil) {
            self.role = role
            self.group = group
            self.emails = emails
            self.workspace = workspace
        }
    }

    /// What a field of the form must hold.
    package struct FieldCondition: Hashable, Codable, Sendable {
        package enum Test: Hashable, Codable, Sendable {
            case isOneOf([FieldValue])
            /// For texts: contains this text, without regard to case. For lists: has this element.
            case contains(String)
            case atLeast(Int64)
            case atMost(Int64)
            case isEmpty(Bool)
        }

        package var name: String
        package var test: Test

        package init(name: String, test: Test) {
            self.name = name
            self.test = test
        }
    }

    /// A part of the week in one time zone.
    package struct TimeCondition: Hashable, Codable, Sendable {
        /// IANA name.
        package var zone: String
        /// 1 is Monday, 7 is Sunday; empty means every day.
        package var weekdays: [Int]
        /// Minutes since midnight; from (included) to (excluded). `from` after `to` spans midnight, and then the days
        /// are those on which the span begins.
        package var fromMinute: Int
        package var toMinute: Int

        package init(zone: String, weekdays: [Int] = [], fromMinute: Int = 0, toMinute: Int = 24 * 60) {
            self.zone = zone
            self.weekdays = weekdays
            self.fromMinute = fromMinute
            self.toMinute = toMinute
        }
    }

    package enum Outcome: Hashable, Codable, Sendable {
        case approve(reason: String)
        case deny(reason: String)
        case ask(AskRule)
    }
}

/// Whom to ask, and who may answer: two lists that need not have anybody in common.
package struct AskRule: Hashable, Codable, Sendable {
    package var mayDecide: DeciderRule
    package var selfApproval: Bool
    /// `nil`: the flow's.
    package var quorum: Int?
    /// A backup chain; `[]`: the flow's.
    package var notify: [StageRule]

    package init(
        mayDecide: DeciderRule = DeciderRule(), selfApproval: Bool = false, quorum: Int? = nil,
        notify: [StageRule] = []
    ) {
        self.mayDecide = mayDecide
        self.selfApproval = selfApproval
        self.quorum = quorum
        self.notify = notify
    }
}

/// Who may approve or deny. All that is given must hold for the same person.
package struct DeciderRule: Hashable, Codable, Sendable {
    /// At least this role. Guests also need the flow's `allow_guest_interaction`.
    package var level: Role
    /// E-mail addresses (lower case) or Slack user ids; `nil`: anybody.
    package var people: [String]?
    /// The person's account belongs to this workspace, `T…`.
    package var workspace: String?
    /// The person is a member of this channel, `C…`, at the time of the decision.
    package var channelMembers: String?

    package init(
        level: Role = .member, people: [String]? = nil, workspace: String? = nil, channelMembers: String? = nil
    ) {
        self.level = level
        self.people = people
        self.workspace = workspace
        self.channelMembers = channelMembers
    }
}

/// One link of a backup chain: who is told, and after how long without an answer the next is (SYM-28).
package struct StageRule: Hashable, Codable, Sendable {
    package enum Destination: Hashable, Codable, Sendable {
        /// Channel id or `#name`.
        case channel(String)
        /// E-mail address or Slack user id.
        case user(String)
        /// Each member of a Slack user group, `S…`, by direct message.
        case group(String)
        /// One group conversation of up to eight people.
        case users([String])
    }

    package var destinations: [Destination]
    package var forwardAfterSeconds: Int?

    package init(_ destinations: [Destination], forwardAfterSeconds: Int? = nil) {
        self.destinations = destinations
        self.forwardAfterSeconds = forwardAfterSeconds
    }
}
