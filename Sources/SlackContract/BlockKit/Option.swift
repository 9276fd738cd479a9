package import Support

/// One choice of a menu. `value` says which one it is; texts are for the reader.
package struct Option: Hashable, Sendable {
    package var text: PlainText
    package var value: String
    package var description: PlainText?

    /// - Parameter value: longer than Slack allows, its digest is sent: compare what comes back with `sentValue`.
    package init(_ text: PlainText, value: String, description: PlainText? = nil) {
        self.text = text
        self.value = value
        self.description = description
    }

    /// The value as it comes back in `SelectedOption`.
    package var sentValue: String { Self.sentValue(for: value) }
    package static func sentValue(for value: String) -> String { OpaqueText.fitted(value, to: Limits.optionValue) }

    var json: JSONValue {
        var json: JSONObject = ["text": text.json(limit: Limits.optionText), "value": .string(sentValue)]
        if let description, !description.isBlank {
            json["description"] = description.json(limit: Limits.optionDescription)
        }
        return .object(json)
    }
}

/// Choices under a common label.
package struct OptionGroup: Hashable, Sendable {
    package var label: PlainText
    package var options: [Option]

    package init(_ label: PlainText, options: [Option]) {
        self.label = label
        self.options = options
    }
}

/// What a menu offers: never nothing, which Slack refuses. Where there may be nothing to offer, say so in a text block.
package struct OptionList: Hashable, Sendable {
    /// One group without a label, or several with.
    private let groups: [OptionGroup]
    private let isGrouped: Bool
    /// How many did not fit. With any, a menu that searches (`externalSelect`) is the better element.
    package let leftOut: Int

    /// `nil` without options. Of options with the same value the first counts; beyond `Limits.options` they are left
    /// out, except the ones that are chosen already.
    package init?(_ options: [Option], keeping chosen: [String] = []) {
        let distinct = Self.distinct(options)
        guard !distinct.isEmpty else { return nil }
        let kept = Self.capped(distinct, to: Limits.options, keeping: Set(chosen))
        groups = [OptionGroup("", options: kept)]
        isGrouped = false
        leftOut = distinct.count - kept.count
    }

    /// `nil` without options. Empty groups are passed over.
    package init?(groups: [OptionGroup]) {
        var seen: Set<String> = []
        var total = 0
        var kept: [OptionGroup] = []
        for group in groups {
            let options = group.options.filter { seen.insert($0.sentValue).inserted }
            total += options.count
            guard !options.isEmpty, kept.count < Limits.optionGroups else { continue }
            kept.append(OptionGroup(group.label, options: Array(options.prefix(Limits.options))))
        }
        guard !kept.isEmpty else { return nil }
        self.groups = kept
        isGrouped = true
        leftOut = total - kept.reduce(0) { $0 + $1.options.count }
    }

    package var options: [Option] { groups.flatMap(\.options) }

    func option(_ value: String?) -> Option? {
        guard let value else { return nil }
        return options.first { $0.sentValue == value || $0.value == value }
    }

    /// The member that a select carries.
    var member: (String, JSONValue) {
        guard isGrouped else { return ("options", .array(options.map(\.json))) }
        let groups = groups.map { group -> JSONValue in
            ["label": group.label.json(limit: Limits.groupLabel), "options": .array(group.options.map(\.json))]
        }
        return ("option_groups", .array(groups))
    }

    private static func distinct(_ options: [Option]) -> [Option] {
        var seen: Set<String> = []
        return options.filter { seen.insert($0.sentValue).inserted }
    }

    private static func capped(_ options: [Option], to count: Int, keeping chosen: Set<String>) -> [Option] {
        guard options.count > count else { return options }
        let wanted = options.dropFirst(count).filter { chosen.contains($0.value) || chosen.contains($0.sentValue) }
        let late = wanted.prefix(count)
        return Array(options.prefix(count - late.count)) + late
    }
}

/// The answer to a `BlockSuggestion`. An empty list is allowed here: nothing was found.
package struct SuggestedOptions: Hashable, Sendable {
    package var options: [Option]

    package init(_ options: [Option]) { self.options = options }

    package var json: JSONValue {
        var seen: Set<String> = []
        let distinct = options.filter { seen.insert($0.sentValue).inserted }
        return ["options": .array(distinct.prefix(Limits.options).map(\.json))]
    }
}
