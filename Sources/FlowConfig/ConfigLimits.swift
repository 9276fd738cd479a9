/// What a configuration may not exceed.
enum ConfigLimits {
    /// Names end up in Slack's `action_id` and `value`, which hold 255 and 150 characters, beside other things.
    static let name = 100
    /// sym-api.md 9.2.
    static let targetName = 55
    /// Labels of fields (Slack: 2,000) and everything else that people read in one line.
    static let label = 150
    /// The text of a menu's option (slack.md 3).
    static let optionText = 75
    static let text = 3000
    /// The longest text that stands below the form's header: a section.
    static let headerText = 3000
    /// A modal has 100 blocks, and the form needs a few for itself.
    static let fields = 90
    static let allowedValues = 1000
    static let rules = 200
    /// Members of one group conversation, apart from the app (slack.md 2).
    static let groupConversation = 8
    static let stages = 20
    static let quorum: ClosedRange<Int64> = 1...50
    /// From a second to ten years.
    static let durationSeconds: ClosedRange<Int64> = 1...315_360_000
    static let fileBytes = 1 << 20
}
