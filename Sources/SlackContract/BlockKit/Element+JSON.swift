import Support

extension Element {
    /// One that tells of every change: what is typed does so only when it is told to (slack.md 3.4).
    func dispatching(ids: inout UniqueIDs) -> JSONValue {
        guard var json = json(ids: &ids).object else { return json(ids: &ids) }
        switch self {
        case .textInput, .numberInput:
            json["dispatch_action_config"] = ["trigger_actions_on": ["on_enter_pressed", "on_character_entered"]]
        default: break
        }
        return .object(json)
    }

    /// - Parameter ids: those given out in this block already.
    func json(ids: inout UniqueIDs) -> JSONValue {
        switch self {
        case .button(let id, let text, let value, let style, let confirm):
            var json = start("button", id, &ids)
            json["text"] = text.json(limit: Limits.buttonText)
            json["value"] = value.map { .string(OpaqueText.fitted($0, to: Limits.buttonValue)) }
            json["style"] = style.map { .string($0.rawValue) }
            json["confirm"] = confirm?.json
            return .object(json)

        case .linkButton(let id, let text, let url, let style):
            var json = start("button", id, &ids)
            json["text"] = text.json(limit: Limits.buttonText)
            if !url.isEmpty, SlackText.length(url) <= Limits.url { json["url"] = .string(url) }
            json["style"] = style.map { .string($0.rawValue) }
            return .object(json)

        case .staticSelect(let id, let options, let initial, let placeholder):
            return select("static_select", id, options, initial, placeholder, &ids)

        case .multiStaticSelect(let id, let options, let initial, let selectedMax, let placeholder):
            return multiSelect(id, options, initial, selectedMax, placeholder, &ids)

        case .externalSelect(let id, let initial, let queryMin, let placeholder):
            var json = start("external_select", id, &ids, placeholder)
            json["min_query_length"] = .int(Int64(max(0, queryMin)))
            json["initial_option"] = initial?.json
            return .object(json)

        case .multiExternalSelect(let id, let initial, let queryMin, let selectedMax, let placeholder):
            var json = start("multi_external_select", id, &ids, placeholder)
            json["min_query_length"] = .int(Int64(max(0, queryMin)))
            let initial = limited(initial, to: selectedMax)
            if !initial.isEmpty { json["initial_options"] = .array(initial.map(\.json)) }
            json["max_selected_items"] = selectedMax.map { .int(Int64(max(1, $0))) }
            return .object(json)

        case .usersSelect(let id, let initial, let placeholder):
            var json = start("users_select", id, &ids, placeholder)
            json["initial_user"] = text(initial)
            return .object(json)

        case .multiUsersSelect(let id, let initial, let selectedMax, let placeholder):
            var json = start("multi_users_select", id, &ids, placeholder)
            let initial = limited(initial.filter { !$0.isEmpty }, to: selectedMax)
            if !initial.isEmpty { json["initial_users"] = .array(initial.map(JSONValue.string)) }
            json["max_selected_items"] = selectedMax.map { .int(Int64(max(1, $0))) }
            return .object(json)

        case .conversationsSelect(let id, let initial, let filter, let placeholder):
            var json = start("conversations_select", id, &ids, placeholder)
            json["initial_conversation"] = text(initial)
            json["filter"] = filter?.json
            return .object(json)

        case .checkboxes(let id, let options, let initial):
            guard options.options.count <= Limits.choices else {
                return multiSelect(id, options, initial, nil, nil, &ids)
            }
            var json = start("checkboxes", id, &ids)
            json["options"] = .array(options.options.map(\.json))
            let chosen = initial.compactMap(options.option)
            if !chosen.isEmpty { json["initial_options"] = .array(distinct(chosen).map(\.json)) }
            return .object(json)

        case .radioButtons(let id, let options, let initial):
            guard options.options.count <= Limits.choices else {
                return select("static_select", id, options, initial, nil, &ids)
            }
            var json = start("radio_buttons", id, &ids)
            json["options"] = .array(options.options.map(\.json))
            json["initial_option"] = options.option(initial)?.json
            return .object(json)

        case .overflow(let id, let options, let confirm):
            let isMenu = options.options.count > Limits.overflowOptions
            var json = start(isMenu ? "static_select" : "overflow", id, &ids)
            json["options"] = .array(options.options.prefix(Limits.options).map(\.json))
            json["confirm"] = confirm?.json
            return .object(json)

        case .datePicker(let id, let initial, let placeholder):
            var json = start("datepicker", id, &ids, placeholder)
            json["initial_date"] = text(initial.flatMap { isDate($0) ? $0 : nil })
            return .object(json)

        case .timePicker(let id, let initial, let zone, let placeholder):
            var json = start("timepicker", id, &ids, placeholder)
            json["initial_time"] = text(initial.flatMap { isTime($0) ? $0 : nil })
            json["timezone"] = text(zone)
            return .object(json)

        case .dateTimePicker(let id, let initial):
            var json = start("datetimepicker", id, &ids)
            if let seconds = initial?.seconds, String(seconds).count == 10, seconds > 0 {
                json["initial_date_time"] = .int(seconds)
            }
            return .object(json)

        case .textInput(let id, let multiline, let initial, let lengths, let placeholder):
            var json = start("plain_text_input", id, &ids, placeholder)
            json["multiline"] = .bool(multiline)
            var lengthMax = Limits.inputText
            if let lengths {
                lengthMax = Swift.min(Swift.max(1, lengths.upperBound), Limits.inputText)
                json["min_length"] = .int(Int64(Swift.min(Swift.max(0, lengths.lowerBound), lengthMax)))
                json["max_length"] = .int(Int64(lengthMax))
            }
            json["initial_value"] = text(initial.map { SlackText.cut($0, to: lengthMax) })
            return .object(json)

        case .numberInput(let id, let isDecimal, let initial, let min, let max, let placeholder):
            var json = start("number_input", id, &ids, placeholder)
            json["is_decimal_allowed"] = .bool(isDecimal)
            var bounds = (min: min.flatMap(Double.init), max: max.flatMap(Double.init))
            if let low = bounds.min, let high = bounds.max, low > high { bounds = (nil, nil) }
            if bounds.min != nil { json["min_value"] = text(min) }
            if bounds.max != nil { json["max_value"] = text(max) }
            if let initial, let number = Double(initial), number >= bounds.min ?? number, number <= bounds.max ?? number
            {
                json["initial_value"] = .string(initial)
            }
            return .object(json)
        }
    }

    private func start(
        _ type: String, _ id: String, _ ids: inout UniqueIDs, _ placeholder: PlainText? = nil
    ) -> JSONObject {
        var json: JSONObject = ["type": .string(type), "action_id": .string(ids.unique(id))]
        if let placeholder, !placeholder.isBlank { json["placeholder"] = placeholder.json(limit: Limits.placeholder) }
        return json
    }

    private func select(
        _ type: String, _ id: String, _ options: OptionList, _ initial: String?, _ placeholder: PlainText?,
        _ ids: inout UniqueIDs
    ) -> JSONValue {
        var json = start(type, id, &ids, placeholder)
        let (name, value) = options.member
        json[name] = value
        json["initial_option"] = options.option(initial)?.json
        return .object(json)
    }

    private func multiSelect(
        _ id: String, _ options: OptionList, _ initial: [String], _ selectedMax: Int?, _ placeholder: PlainText?,
        _ ids: inout UniqueIDs
    ) -> JSONValue {
        var json = start("multi_static_select", id, &ids, placeholder)
        let (name, value) = options.member
        json[name] = value
        let chosen = limited(distinct(initial.compactMap(options.option)), to: selectedMax)
        if !chosen.isEmpty { json["initial_options"] = .array(chosen.map(\.json)) }
        json["max_selected_items"] = selectedMax.map { .int(Int64(max(1, $0))) }
        return .object(json)
    }

    private func text(_ text: String?) -> JSONValue? {
        guard let text, !text.isEmpty else { return .none }
        return .string(text)
    }

    private func limited<Item>(_ items: [Item], to selectedMax: Int?) -> [Item] {
        Array(items.prefix(selectedMax.map { max(1, $0) } ?? Limits.options))
    }

    private func distinct(_ options: [Option]) -> [Option] {
        var seen: Set<String> = []
        return options.filter { seen.insert($0.sentValue).inserted }
    }

    /// `YYYY-MM-DD`, a day that exists.
    private func isDate(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count == 10, parts.map(\.utf8.count) == [4, 2, 2], isDigits(parts),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
        else { return false }
        let isLeap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...12).contains(month) && (1...days[month - 1]).contains(day)
    }

    /// `HH:mm`.
    private func isTime(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [2, 2], isDigits(parts), let hour = Int(parts[0]), let minute = Int(parts[1])
        else { return false }
        return hour < 24 && minute < 60
    }

    private func isDigits(_ parts: [Substring]) -> Bool {
        parts.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    }
}

extension Element.ConversationFilter {
    /// Slack wants at least one condition.
    var json: JSONValue? {
        var json: JSONObject = [:]
        if !kinds.isEmpty { json["include"] = .array(kinds.map { .string($0.rawValue) }) }
        if excludesShared { json["exclude_external_shared_channels"] = true }
        if excludesBots { json["exclude_bot_users"] = true }
        guard !json.isEmpty else { return .none }
        return .object(json)
    }
}
