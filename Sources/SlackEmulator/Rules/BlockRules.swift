package import Support

/// Says what Slack would refuse in blocks and views (slack.md 3).
package enum BlockRules {
    /// The blocks of a message, or `[]` where all is well.
    package static func findings(inMessage blocks: JSONValue) -> [BlockFinding] {
        var checker = BlockChecker(surface: .message)
        checker.check(blocks: blocks, at: "/blocks")
        return checker.findings
    }

    /// A view as it stands in the arguments of `views.open` and its like.
    package static func findings(inView view: JSONValue) -> [BlockFinding] {
        let isHome = view["type"]?.text == "home"
        var checker = BlockChecker(surface: isHome ? .home : .modal)
        checker.check(view: view)
        return checker.findings
    }

    /// The options that an app answers to `block_suggestion`.
    package static func findings(inOptions answer: JSONValue) -> [BlockFinding] {
        var checker = BlockChecker(surface: .modal)
        let groups = answer["option_groups"]
        if answer["options"] == nil, groups == nil {
            checker.note("", "missing required field: options")
        }
        if let options = answer["options"] {
            checker.check(options, .list(0...100, of: .option(.select)), at: "/options")
        }
        if let groups {
            checker.check(groups, .list(0...100, of: .object(BlockTable.optionGroup)), at: "/option_groups")
        }
        return checker.findings
    }
}

/// Walks a document along `BlockTable` and collects what it finds.
struct BlockChecker {
    /// All markdown blocks of a message together (slack.md 3.1).
    static let markdownMax = 12_000

    let surface: BlockSurface
    private(set) var findings: [BlockFinding] = []
    private var markdownCharacters = 0
    private var focused = 0

    init(surface: BlockSurface) { self.surface = surface }

    mutating func note(_ pointer: String, _ message: String) {
        findings.append(BlockFinding(pointer: pointer, message: message))
    }

    // MARK: Views and lists of blocks

    mutating func check(view: JSONValue) {
        guard let object = view.object else { return note("/view", "must be an object") }
        guard let type = object["type"] else { return note("/view", "missing required field: type") }
        guard type.text == "modal" || type.text == "home" else {
            return note("/view/type", "must be a valid enum value")
        }
        check(object, members: surface == .home ? BlockTable.home : BlockTable.modal, at: "/view")
        guard let blocks = object["blocks"] else { return }
        check(blocks: blocks, at: "/view/blocks")
        let hasInput = blocks.elements?.contains { $0["type"]?.text == "input" } ?? false
        if surface == .modal, hasInput, object["submit"] == nil {
            note("/view", "missing required field: submit")
        }
        if focused > 1 { note("/view/blocks", "only one element may have focus_on_load") }
    }

    mutating func check(blocks: JSONValue, at pointer: String) {
        guard let elements = blocks.elements else { return note(pointer, "must be an array") }
        if elements.count > surface.blocksMax { note(pointer, "no more than \(surface.blocksMax) items allowed") }
        var identifiers: Set<String> = []
        for (index, block) in elements.enumerated() {
            check(block: block, at: "\(pointer)/\(index)")
            if let identifier = block["block_id"]?.text, !identifiers.insert(identifier).inserted {
                note("\(pointer)/\(index)/block_id", "duplicate block_id: \(identifier)")
            }
        }
        if markdownCharacters > Self.markdownMax {
            note(pointer, "markdown text must be less than 12001 characters in total")
        }
    }

    private mutating func check(block: JSONValue, at pointer: String) {
        guard let object = block.object else { return note(pointer, "must be an object") }
        guard let type = object["type"]?.text else { return note(pointer, "missing required field: type") }
        guard let rule = BlockTable.blocks[type], rule.surfaces.contains(surface) else {
            return note("\(pointer)/type", "unsupported type: \(type)")
        }
        guard let members = rule.members else { return }
        let common: [BlockMember] = [.must("type", .anything), .may("block_id", BlockTable.identifier)]
        check(object, members: common + members, at: pointer)
        switch type {
        case "section":
            if object["text"] == nil, object["fields"] == nil {
                note(pointer, "missing required field: text or fields")
            }
        case "image": checkImage(object, at: pointer)
        case "markdown":
            // A block that is too long by itself has been noted; the sum is about those that are not.
            let count = object["text"]?.text?.unicodeScalars.count ?? 0
            if count <= Self.markdownMax { markdownCharacters += count }
        default: break
        }
        checkActionIdentifiers(of: object, at: pointer)
    }

    /// `action_id` is unique in its block.
    private mutating func checkActionIdentifiers(of block: JSONObject, at pointer: String) {
        var seen: Set<String> = []
        for (index, element) in (block["elements"]?.elements ?? []).enumerated() {
            if let identifier = element["action_id"]?.text, !seen.insert(identifier).inserted {
                note("\(pointer)/elements/\(index)/action_id", "duplicate action_id: \(identifier)")
            }
        }
    }

    // MARK: Members

    mutating func check(_ object: JSONObject, members: [BlockMember], at pointer: String) {
        for (name, _) in object where !members.contains(where: { $0.name == name }) {
            note(pointer, "invalid additional property: \(name)")
        }
        for member in members {
            switch object[member.name] {
            case .some(.null) where !member.isRequired: break
            case .some(let value): check(value, member.shape, at: "\(pointer)/\(member.name)")
            case .none: if member.isRequired { note(pointer, "missing required field: \(member.name)") }
            }
        }
    }

    mutating func check(_ value: JSONValue, _ shape: BlockShape, at pointer: String) {
        switch shape {
        case .anything: break
        case .flag: if value.flag == nil { note(pointer, "must be a boolean") }
        case .whole(let range):
            guard let number = value.integer else { return note(pointer, "must be an integer") }
            if number < range.lowerBound { note(pointer, "must be at least \(range.lowerBound)") }
            if number > range.upperBound { note(pointer, "must be at most \(range.upperBound)") }
        case .characters(let range): checkLength(value, range, at: pointer)
        case .oneOf(let names):
            if value.text.map(names.contains) != true { note(pointer, "must be a valid enum value") }
        case .numberText:
            if value.text.flatMap(Double.init)?.isFinite != true { note(pointer, "must be a number in a string") }
        case .date: if value.text.map(CalendarText.isDate) != true { note(pointer, "must be a date YYYY-MM-DD") }
        case .time: if value.text.map(CalendarText.isTime) != true { note(pointer, "must be a time HH:mm") }
        case .unixSeconds:
            if value.integer.map({ (1_000_000_000...9_999_999_999).contains($0) }) != true {
                note(pointer, "must be a UNIX timestamp of 10 digits")
            }
        case .link:
            checkLength(value, 1...3000, at: pointer)
            if let text = value.text, !text.contains(":") { note(pointer, "must be a valid URL") }
        case .plainText(let max): checkText(value, kinds: ["plain_text"], max: max, at: pointer)
        case .anyText(let max): checkText(value, kinds: ["plain_text", "mrkdwn"], max: max, at: pointer)
        case .list(let range, let shape): checkList(value, range, of: shape, at: pointer)
        case .object(let members):
            guard let object = value.object else { return note(pointer, "must be an object") }
            check(object, members: members, at: pointer)
        case .option(let use):
            guard let object = value.object else { return note(pointer, "must be an object") }
            check(object, members: BlockTable.option(use), at: pointer)
        case .element(let place): check(element: value, at: pointer, place: place)
        case .contextElement: checkContextElement(value, at: pointer)
        case .richTextElement: checkRichText(value, at: pointer)
        case .cell:
            if !["raw_text", "rich_text", "raw_number"].contains(value["type"]?.text ?? "") {
                note(pointer, "must be a valid cell")
            }
        }
    }

    private mutating func checkLength(_ value: JSONValue, _ range: ClosedRange<Int>, at pointer: String) {
        guard let text = value.text else { return note(pointer, "must be a string") }
        let count = text.unicodeScalars.count
        if count < range.lowerBound { note(pointer, "must be more than \(range.lowerBound - 1) characters") }
        if count > range.upperBound { note(pointer, "must be less than \(range.upperBound + 1) characters") }
    }

    private mutating func checkList(
        _ value: JSONValue, _ range: ClosedRange<Int>, of shape: BlockShape, at pointer: String
    ) {
        guard let elements = value.elements else { return note(pointer, "must be an array") }
        if elements.count < range.lowerBound { note(pointer, "no fewer than \(range.lowerBound) items allowed") }
        if elements.count > range.upperBound { note(pointer, "no more than \(range.upperBound) items allowed") }
        for (index, element) in elements.enumerated() { check(element, shape, at: "\(pointer)/\(index)") }
    }

    private mutating func checkText(_ value: JSONValue, kinds: [String], max: Int, at pointer: String) {
        guard let object = value.object else { return note(pointer, "must be a text object") }
        guard let type = object["type"]?.text, kinds.contains(type) else {
            return note("\(pointer)/type", "must be one of: \(kinds.joined(separator: ", "))")
        }
        let flavour: BlockMember = type == "plain_text" ? .may("emoji", .flag) : .may("verbatim", .flag)
        check(
            object, members: [.must("type", .anything), .must("text", .characters(1...max)), flavour], at: pointer)
    }

    private mutating func checkContextElement(_ value: JSONValue, at pointer: String) {
        guard let object = value.object else { return note(pointer, "must be an object") }
        guard object["type"]?.text == "image" else { return check(value, .anyText(max: 3000), at: pointer) }
        check(object, members: [.must("type", .anything)] + BlockTable.image, at: pointer)
        checkImage(object, at: pointer)
    }

    private mutating func checkRichText(_ value: JSONValue, at pointer: String) {
        switch value["type"]?.text {
        case "rich_text_section", "rich_text_quote", "rich_text_preformatted", "rich_text_list":
            if value["elements"]?.elements == nil { note(pointer, "missing required field: elements") }
            if let indent = value["indent"] { check(indent, .whole(0...8), at: "\(pointer)/indent") }
        case let type: note("\(pointer)/type", "unsupported type: \(type ?? "")")
        }
    }

    private mutating func checkImage(_ object: JSONObject, at pointer: String) {
        if (object["image_url"] == nil) == (object["slack_file"] == nil) {
            note(pointer, "must have exactly one of: image_url, slack_file")
        }
    }

    // MARK: Elements

    private mutating func check(element: JSONValue, at pointer: String, place: ElementPlace) {
        guard let object = element.object else { return note(pointer, "must be an object") }
        guard let type = object["type"]?.text else { return note(pointer, "missing required field: type") }
        guard let rule = BlockTable.elements[type], rule.places.contains(place), rule.surfaces.contains(surface) else {
            return note("\(pointer)/type", "unsupported type: \(type)")
        }
        let common: [BlockMember] = [.must("type", .anything), .may("action_id", BlockTable.identifier)]
        check(object, members: (type == "image" ? [common[0]] : common) + rule.members, at: pointer)
        if object["focus_on_load"]?.flag == true { focused += 1 }
        switch type {
        case "static_select", "multi_static_select":
            if (object["options"] == nil) == (object["option_groups"] == nil) {
                note(pointer, "must have exactly one of: options, option_groups")
            }
            checkInitialOptions(of: object, at: pointer)
        case "checkboxes", "radio_buttons": checkInitialOptions(of: object, at: pointer)
        case "image": checkImage(object, at: pointer)
        case "plain_text_input":
            if let low = object["min_length"]?.integer, let high = object["max_length"]?.integer, low > high {
                note("\(pointer)/min_length", "must not be greater than max_length")
            }
        case "number_input": checkNumberRange(of: object, at: pointer)
        case "conversations_select", "channels_select":
            if object["response_url_enabled"]?.flag == true, place != .input || surface != .modal {
                note("\(pointer)/response_url_enabled", "only allowed in an input block of a modal")
            }
        default: break
        }
        if let filter = object["filter"]?.object, filter.isEmpty {
            note("\(pointer)/filter", "must have at least one of its fields")
        }
    }

    /// An initial option equals one of the options exactly (slack.md 3.4).
    private mutating func checkInitialOptions(of element: JSONObject, at pointer: String) {
        let options = OptionList.options(of: .object(element))
        if let initial = element["initial_option"], !initial.isNull, !options.contains(initial) {
            note("\(pointer)/initial_option", "must be one of the options")
        }
        for (index, initial) in (element["initial_options"]?.elements ?? []).enumerated()
        where !options.contains(initial) {
            note("\(pointer)/initial_options/\(index)", "must be one of the options")
        }
    }

    private mutating func checkNumberRange(of element: JSONObject, at pointer: String) {
        func number(_ name: String) -> Double? { element[name]?.text.flatMap(Double.init) }
        let (low, high) = (number("min_value"), number("max_value"))
        if let low, let high, low > high { note("\(pointer)/min_value", "must not be greater than max_value") }
        guard let initial = number("initial_value") else { return }
        if let low, initial < low { note("\(pointer)/initial_value", "must not be less than min_value") }
        if let high, initial > high { note("\(pointer)/initial_value", "must not be greater than max_value") }
    }
}

/// The options of an element, those in groups included.
enum OptionList {
    static func options(of element: JSONValue) -> [JSONValue] {
        (element["options"]?.elements ?? [])
            + (element["option_groups"]?.elements ?? []).flatMap { $0["options"]?.elements ?? [] }
    }
}

/// Dates and times as Slack's pickers write them.
enum CalendarText {
    static func isDate(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count == 10, parts.count == 3, parts[0].count == 4, parts[1].count == 2,
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
        else { return false }
        let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...12).contains(month) && (1...lengths[month - 1]).contains(day)
    }

    static func isTime(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard text.utf8.count == 5, parts.count == 2, let hour = Int(parts[0]), let minute = Int(parts[1]) else {
            return false
        }
        return (0...23).contains(hour) && (0...59).contains(minute)
    }
}
