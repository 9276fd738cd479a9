/// Slack's limits for what we send (slack.md 3.1). Lengths are measured by `SlackText.length`.
package enum Limits {
    package static let messageBlocks = 50
    package static let viewBlocks = 100
    /// Of a view, as JSON. Slack allows 250 KB; the rest of the view needs some of it.
    package static let viewBlocksBytes = 230_000
    package static let identifier = 255
    package static let viewTitle = 24
    package static let privateMetadata = 3000
    package static let text = 3000
    package static let fields = 10
    package static let fieldText = 2000
    package static let header = 150
    package static let contextElements = 10
    package static let actionElements = 25
    package static let label = 2000
    package static let placeholder = 150
    package static let optionText = 75
    package static let optionDescription = 75
    package static let optionValue = 150
    package static let options = 100
    package static let optionGroups = 100
    package static let groupLabel = 75
    /// Of checkboxes and radio buttons.
    package static let choices = 10
    package static let overflowOptions = 5
    package static let buttonText = 75
    package static let buttonValue = 2000
    package static let url = 3000
    package static let confirmTitle = 100
    package static let confirmText = 300
    package static let confirmButton = 30
    package static let inputText = 3000
    /// Of the top-level text of a message: more is allowed, and not advised (slack.md 2.2).
    package static let messageText = 4000
}
