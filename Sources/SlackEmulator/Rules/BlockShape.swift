/// What a member of a block may look like: the vocabulary in which `BlockTable` restates slack.md 3.
indirect enum BlockShape: Sendable {
    case flag
    case whole(ClosedRange<Int64>)
    /// A string of so many Unicode scalars.
    case characters(ClosedRange<Int>)
    /// A string that is one of these.
    case oneOf([String])
    /// A number written as a string (`number_input`).
    case numberText
    /// `YYYY-MM-DD`
    case date
    /// `HH:mm`
    case time
    /// Seconds since 1970 with ten digits.
    case unixSeconds
    /// An absolute URL of at most 3,000 characters.
    case link
    /// A text object of 1 to `max` characters that is `plain_text`.
    case plainText(max: Int)
    /// A text object of 1 to `max` characters of either kind.
    case anyText(max: Int)
    case list(ClosedRange<Int>, of: BlockShape)
    case object([BlockMember])
    case option(OptionUse)
    /// An element that may stand at this place.
    case element(ElementPlace)
    /// A text object or an image, in a context block.
    case contextElement
    case richTextElement
    /// A cell of a table: `raw_text` or `rich_text`.
    case cell
    /// Not looked into.
    case anything
}

struct BlockMember: Sendable {
    var name: String
    var shape: BlockShape
    var isRequired: Bool

    static func must(_ name: String, _ shape: BlockShape) -> BlockMember {
        BlockMember(name: name, shape: shape, isRequired: true)
    }

    static func may(_ name: String, _ shape: BlockShape) -> BlockMember {
        BlockMember(name: name, shape: shape, isRequired: false)
    }
}

/// Options differ a little by the element that shows them (slack.md 3.5).
enum OptionUse: Sendable {
    case select, choice, overflow
}

enum ElementPlace: String, Sendable {
    case accessory, actions, input
}
