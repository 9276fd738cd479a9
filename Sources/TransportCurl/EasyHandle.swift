import CCurl

/// One of libcurl's handles for a transfer; used again for the next, on the driver's thread alone.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    /// Where libcurl says in words what went wrong.
    let errorText: UnsafeMutablePointer<CChar>

    init() {
        guard let pointer = curl_easy_init() else { preconditionFailure("libcurl gives no handle") }
        self.pointer = pointer
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(pointer)
        errorText.deallocate()
    }

    func reset() {
        curl_easy_reset(pointer)
        errorText.pointee = 0
        _ = curl_door_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorText)
    }

    // An option that this libcurl does not know would be a wrong build, not a wrong request.
    func set(_ option: CURLoption, _ value: Int) { check(curl_door_set_long(pointer, option, value)) }
    func set(_ option: CURLoption, _ value: String) { check(curl_door_set_text(pointer, option, value)) }
    func set(_ option: CURLoption, pointer value: UnsafeRawPointer?) {
        check(curl_door_set_pointer(pointer, option, value))
    }

    private func check(_ result: CURLcode) {
        precondition(result == CURLE_OK, "libcurl refuses an option that every build has")
    }
}
