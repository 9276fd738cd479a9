/// slack.md 3.3 to 3.5 as a table: which members a block, an element or a composition object has, how long they may
/// be, and where each may stand. Transcribed from the description of Slack, not shared with the code that builds
/// cards, so that a mistake there is found here.
enum BlockTable {
    struct Block: Sendable {
        var surfaces: Set<BlockSurface>
        /// `nil`: newer than this table; taken as it is.
        var members: [BlockMember]?
    }

    struct Element: Sendable {
        var places: Set<ElementPlace>
        var surfaces: Set<BlockSurface> = Set(BlockSurface.allCases)
        var members: [BlockMember]
    }

    static let identifier = BlockShape.characters(1...255)
    static let everywhere = Set(BlockSurface.allCases)

    static let blocks: [String: Block] = {
        var table: [String: Block] = [
            "section": Block(
                surfaces: everywhere,
                members: [
                    .may("text", .anyText(max: 3000)), .may("fields", .list(1...10, of: .anyText(max: 2000))),
                    .may("accessory", .element(.accessory)), .may("expand", .flag),
                ]),
            "header": Block(surfaces: everywhere, members: [.must("text", .plainText(max: 150))]),
            "divider": Block(surfaces: everywhere, members: []),
            "context": Block(surfaces: everywhere, members: [.must("elements", .list(1...10, of: .contextElement))]),
            "actions": Block(surfaces: everywhere, members: [.must("elements", .list(1...25, of: .element(.actions)))]),
            "input": Block(
                surfaces: everywhere,
                members: [
                    .must("label", .plainText(max: 2000)), .must("element", .element(.input)),
                    .may("hint", .plainText(max: 2000)), .may("optional", .flag), .may("dispatch_action", .flag),
                ]),
            "image": Block(surfaces: everywhere, members: image + [.may("title", .plainText(max: 2000))]),
            "rich_text": Block(
                surfaces: everywhere, members: [.must("elements", .list(0...1000, of: .richTextElement))]),
            "markdown": Block(surfaces: [.message], members: [.must("text", .characters(1...12_000))]),
            "table": Block(
                surfaces: [.message, .home],
                members: [
                    .must("rows", .list(1...100, of: .list(1...20, of: .cell))),
                    .may("column_settings", .list(0...20, of: .anything)),
                ]),
            "video": Block(
                surfaces: everywhere,
                members: [
                    .must("title", .plainText(max: 200)), .must("video_url", .link), .must("thumbnail_url", .link),
                    .must("alt_text", .characters(1...2000)), .may("title_url", .link),
                    .may("description", .plainText(max: 200)), .may("author_name", .characters(1...50)),
                    .may("provider_name", .characters(1...2000)), .may("provider_icon_url", .link),
                ]),
        ]
        let newer = ["context_actions", "plan", "task_card", "alert", "card", "carousel", "container", "data_table"]
        for name in newer { table[name] = Block(surfaces: everywhere, members: nil) }
        return table
    }()

    static let elements: [String: Element] = {
        let anywhere: Set<ElementPlace> = [.accessory, .actions, .input]
        let placeholder = BlockMember.may("placeholder", .plainText(max: 150))
        let focus = BlockMember.may("focus_on_load", .flag)
        let confirm = BlockMember.may("confirm", .object(confirmation))
        let select = [placeholder, focus, confirm]
        let several = select + [.may("max_selected_items", .whole(1...1_000_000))]
        let choices = [
            BlockMember.may("options", .list(1...100, of: .option(.select))),
            .may("option_groups", .list(1...100, of: .object(optionGroup))),
        ]
        let option = BlockShape.option(.select)
        let dispatch = BlockMember.may(
            "dispatch_action_config",
            .object([
                .may("trigger_actions_on", .list(1...2, of: .oneOf(["on_enter_pressed", "on_character_entered"])))
            ]))
        let responseURL = BlockMember.may("response_url_enabled", .flag)
        let currentConversation = BlockMember.may("default_to_current_conversation", .flag)
        let filter = BlockMember.may(
            "filter",
            .object([
                .may("include", .list(1...4, of: .oneOf(["im", "mpim", "private", "public"]))),
                .may("exclude_external_shared_channels", .flag), .may("exclude_bot_users", .flag),
            ]))
        let query = BlockMember.may("min_query_length", .whole(0...3000))

        return [
            "button": Element(
                places: [.accessory, .actions],
                members: [
                    .must("text", .plainText(max: 75)), .may("value", .characters(0...2000)), .may("url", .link),
                    .may("style", .oneOf(["primary", "danger"])), confirm,
                    .may("accessibility_label", .characters(1...75)),
                ]),
            "static_select": Element(
                places: anywhere, members: select + choices + [.may("initial_option", option)]),
            "external_select": Element(places: anywhere, members: select + [query, .may("initial_option", option)]),
            "users_select": Element(places: anywhere, members: select + [.may("initial_user", identifier)]),
            "conversations_select": Element(
                places: anywhere,
                members: select
                    + [.may("initial_conversation", identifier), currentConversation, responseURL, filter]),
            "channels_select": Element(
                places: anywhere, members: select + [.may("initial_channel", identifier), responseURL]),
            "multi_static_select": Element(
                places: anywhere,
                members: several + choices + [.may("initial_options", .list(1...100, of: option))]),
            "multi_external_select": Element(
                places: anywhere,
                members: several + [query, .may("initial_options", .list(1...100, of: option))]),
            "multi_users_select": Element(
                places: anywhere, members: several + [.may("initial_users", .list(1...100, of: identifier))]),
            "multi_conversations_select": Element(
                places: anywhere,
                members: several
                    + [.may("initial_conversations", .list(1...100, of: identifier)), currentConversation, filter]),
            "multi_channels_select": Element(
                places: anywhere, members: several + [.may("initial_channels", .list(1...100, of: identifier))]),
            "checkboxes": Element(
                places: anywhere,
                members: [
                    .must("options", .list(1...10, of: .option(.choice))),
                    .may("initial_options", .list(1...10, of: .option(.choice))), focus, confirm,
                ]),
            "radio_buttons": Element(
                places: anywhere,
                members: [
                    .must("options", .list(1...10, of: .option(.choice))),
                    .may("initial_option", .option(.choice)), focus, confirm,
                ]),
            "overflow": Element(
                places: [.accessory, .actions],
                members: [.must("options", .list(1...5, of: .option(.overflow))), confirm]),
            "datepicker": Element(places: anywhere, members: select + [.may("initial_date", .date)]),
            "timepicker": Element(
                places: anywhere,
                members: select + [.may("initial_time", .time), .may("timezone", .characters(1...255))]),
            "datetimepicker": Element(
                places: [.actions, .input], surfaces: [.message, .modal],
                members: [.may("initial_date_time", .unixSeconds), focus, confirm]),
            "plain_text_input": Element(
                places: [.input],
                members: [
                    placeholder, focus, .may("multiline", .flag), .may("min_length", .whole(0...3000)),
                    .may("max_length", .whole(1...3000)), .may("initial_value", .characters(0...3000)), dispatch,
                ]),
            "number_input": Element(
                places: [.input],
                members: [
                    placeholder, focus, .must("is_decimal_allowed", .flag), .may("min_value", .numberText),
                    .may("max_value", .numberText), .may("initial_value", .numberText), dispatch,
                ]),
            "email_text_input": Element(
                places: [.input],
                members: [placeholder, focus, .may("initial_value", .characters(0...3000)), dispatch]),
            "url_text_input": Element(
                places: [.input],
                members: [placeholder, focus, .may("initial_value", .characters(0...3000)), dispatch]),
            "rich_text_input": Element(
                places: [.actions, .input], surfaces: [.modal, .home],
                members: [
                    placeholder, focus, .may("initial_value", .anything), .may("min_lines", .whole(1...100)),
                    .may("max_lines", .whole(1...100)), dispatch,
                ]),
            "file_input": Element(
                places: [.input],
                members: [
                    .may("filetypes", .list(1...100, of: .characters(1...255))), .may("max_files", .whole(1...10)),
                ]),
            "image": Element(places: [.accessory], members: image),
        ]
    }()

    static let image: [BlockMember] = [
        .must("alt_text", .characters(1...2000)), .may("image_url", .link),
        .may("slack_file", .object([.may("id", .characters(1...255)), .may("url", .link)])),
    ]

    static let confirmation: [BlockMember] = [
        .must("title", .plainText(max: 100)), .must("text", .plainText(max: 300)),
        .must("confirm", .plainText(max: 30)), .must("deny", .plainText(max: 30)),
        .may("style", .oneOf(["primary", "danger"])),
    ]

    static let optionGroup: [BlockMember] = [
        .must("label", .plainText(max: 75)), .must("options", .list(1...100, of: .option(.select))),
    ]

    static func option(_ use: OptionUse) -> [BlockMember] {
        let text: BlockShape = use == .choice ? .anyText(max: 75) : .plainText(max: 75)
        let description: BlockShape = use == .choice ? .anyText(max: 75) : .plainText(max: 75)
        let common: [BlockMember] = [
            .must("text", text), .must("value", .characters(1...150)), .may("description", description),
        ]
        return use == .overflow ? common + [.may("url", .link)] : common
    }

    /// A view as an app may send it (slack.md 3.2). Members that Slack assigns are not among them.
    static let modal: [BlockMember] = [
        .must("type", .oneOf(["modal"])), .must("title", .plainText(max: 24)), .may("submit", .plainText(max: 24)),
        .may("close", .plainText(max: 24)), .must("blocks", .anything), .may("private_metadata", .characters(0...3000)),
        .may("callback_id", .characters(0...255)), .may("external_id", .characters(0...255)),
        .may("clear_on_close", .flag), .may("notify_on_close", .flag), .may("submit_disabled", .flag),
    ]

    static let home: [BlockMember] = [
        .must("type", .oneOf(["home"])), .must("blocks", .anything),
        .may("private_metadata", .characters(0...3000)), .may("callback_id", .characters(0...255)),
        .may("external_id", .characters(0...255)),
    ]
}
