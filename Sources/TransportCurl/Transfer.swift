import CCurl
import HTTPModel
import Support

/// One exchange under way. Made, used and dropped on the driver's thread.
final class Transfer {
    let order: Order
    let easy: EasyHandle
    private let settings: TransportSettings
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var headers = HTTPHeaders()
    private var headerBytes = 0
    private var isHeaderComplete = false
    private var body: [UInt8] = []
    private var isBodyTooLarge = false
    private var isHeaderTooLarge = false
    private var attempts = 0
    private var isSecondAttemptRefused = false

    init(order: Order, easy: EasyHandle, settings: TransportSettings) {
        self.order = order
        self.easy = easy
        self.settings = settings
    }

    // The driver has taken the handle out of the multi handle by now; only then may the list go.
    deinit { curl_slist_free_all(headerList) }

    // MARK: The request

    func prepare() throws(TransportError) {
        let request = order.request
        guard HTTPGrammar.isToken(request.method) else { throw .invalidRequest(reason: "malformed method") }
        let url = try RequestURL(request.target)
        easy.reset()
        try setHeaders()
        easy.set(CURLOPT_URL, request.target)
        easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
        easy.set(CURLOPT_FOLLOWLOCATION, 0)
        // HTTP/2 buys connections, not speed.
        easy.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        easy.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        easy.set(CURLOPT_NOSIGNAL, 1)
        // Without it, taking back a transfer waits for its thread in the resolver, and all others with it.
        easy.set(CURLOPT_QUICK_EXIT, 1)
        easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        easy.set(CURLOPT_MAXAGE_CONN, settings.idleConnectionSeconds)
        easy.set(CURLOPT_TIMEOUT_MS, milliseconds(order.timeout))
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(min(settings.connectTimeout, order.timeout)))
        if url.isLoopback || !settings.useEnvironmentProxy { easy.set(CURLOPT_PROXY, "") }
        setMethodAndBody()

        let context = Unmanaged.passUnretained(self).toOpaque()
        easy.set(CURLOPT_PRIVATE, pointer: context)
        easy.set(CURLOPT_WRITEDATA, pointer: context)
        easy.set(CURLOPT_HEADERDATA, pointer: context)
        easy.set(CURLOPT_PREREQDATA, pointer: context)
        _ = curl_door_set_writer(easy.pointer, CURLOPT_WRITEFUNCTION, takeBody)
        _ = curl_door_set_writer(easy.pointer, CURLOPT_HEADERFUNCTION, takeHeaderLine)
        _ = curl_door_set_prerequest(easy.pointer, beforeRequest)
        if request.method != "HEAD" {
            _ = curl_door_set_offset(easy.pointer, CURLOPT_MAXFILESIZE_LARGE, Int(max(1, order.bodyBytesMax)))
        }
    }

    /// libcurl takes 0 for "no limit".
    private func milliseconds(_ duration: Duration) -> Int { Int(max(1, min(duration.milliseconds, Int64(Int32.max)))) }

    private func setMethodAndBody() {
        let request = order.request
        if !request.body.isEmpty || request.method == "POST" {
            easy.set(CURLOPT_POST, 1)
            _ = curl_door_set_offset(easy.pointer, CURLOPT_POSTFIELDSIZE_LARGE, request.body.count)
            request.body.withUnsafeBytes { bytes in
                // Copied, and never null: with a null pointer libcurl would ask a read callback.
                var nothing: UInt8 = 0
                withUnsafePointer(to: &nothing) {
                    easy.set(CURLOPT_COPYPOSTFIELDS, pointer: bytes.baseAddress ?? .init($0))
                }
            }
            if request.method != "POST" { easy.set(CURLOPT_CUSTOMREQUEST, request.method) }
        } else if request.method == "HEAD" {
            easy.set(CURLOPT_NOBODY, 1)
        } else if request.method != "GET" {
            easy.set(CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    private func setHeaders() throws(TransportError) {
        let request = order.request
        // No waiting for leave to send, and no content type that nobody gave.
        var lines = ["Expect:"]
        if request.headers["Content-Type"] == nil { lines.append("Content-Type:") }
        for field in request.headers.fields {
            guard field.isWellFormed else { throw .invalidRequest(reason: "malformed header field") }
            if field.name.isEqualIgnoringCase(to: "Content-Length") { continue }
            guard !field.name.isEqualIgnoringCase(to: "Transfer-Encoding") else {
                throw .invalidRequest(reason: "requests are not sent with a transfer coding")
            }
            // libcurl takes "Name:" for "leave it out" and "Name;" for an empty value.
            lines.append(field.value.isEmpty ? field.name + ";" : field.name + ": " + field.value)
        }
        for line in lines { headerList = curl_slist_append(headerList, line) }
        _ = curl_door_set_list(easy.pointer, CURLOPT_HTTPHEADER, headerList)
    }

    // MARK: The response, as it comes

    /// Returns whether to go on.
    func take(headerLine line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        guard headerBytes <= settings.responseHeaderBytesMax, headers.fields.count < settings.responseHeaderFieldsMax
        else {
            isHeaderTooLarge = true
            return false
        }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            // What came before belonged to an interim response.
            headers = HTTPHeaders()
            isHeaderComplete = false
        } else if line.first == UInt8(ascii: "\r") || line.first == UInt8(ascii: "\n") {
            isHeaderComplete = true
        } else if body.isEmpty, let colon = text.firstIndex(of: ":") {
            headers.append(String(text[..<colon]), String(text[text.index(after: colon)...]).trimmed)
        }
        return true
    }

    /// Returns whether to go on.
    func take(body part: UnsafeRawBufferPointer) -> Bool {
        guard body.count + part.count <= order.bodyBytesMax else {
            isBodyTooLarge = true
            return false
        }
        body.append(contentsOf: part)
        return true
    }

    /// libcurl begins again by itself when a kept connection turns out to be closed, also with a request that has been
    /// sent. That is for the caller to decide, except where repeating is harmless by the method's meaning.
    func mayBegin() -> Bool {
        attempts += 1
        isSecondAttemptRefused = attempts > 1 && !["GET", "HEAD", "OPTIONS"].contains(order.request.method)
        return !isSecondAttemptRefused
    }

    // MARK: The end

    func outcome(_ result: CURLcode) -> Result<HTTPResponse, TransportError> {
        if isBodyTooLarge || result == CURLE_FILESIZE_EXCEEDED {
            return .failure(.responseTooLarge(limit: order.bodyBytesMax))
        }
        if result == CURLE_OK {
            // For libcurl a header that breaks off in the middle is a header.
            guard isHeaderComplete else { return .failure(.interrupted(reason: "the response's header breaks off")) }
            let status = curl_door_get_long(easy.pointer, CURLINFO_RESPONSE_CODE)
            return .success(HTTPResponse(status: status, headers: headers, body: body))
        }
        let reason = reason(result)
        // The bytes that have left are what tells "did not arrive" from "may have arrived".
        guard isSecondAttemptRefused || curl_door_get_long(easy.pointer, CURLINFO_REQUEST_SIZE) > 0 else {
            switch result {
            case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT: return .failure(.invalidRequest(reason: reason))
            default: return .failure(.unreachable(reason: reason))
            }
        }
        return .failure(
            result == CURLE_OPERATION_TIMEDOUT ? .timedOut(after: order.timeout) : .interrupted(reason: reason))
    }

    private func reason(_ result: CURLcode) -> String {
        if isHeaderTooLarge { return "the response's header is too large" }
        if isSecondAttemptRefused { return "the connection was closed before a response came" }
        let text = String(cString: easy.errorText)
        return text.isEmpty ? String(cString: curl_easy_strerror(result)) : text
    }
}

// At file scope: a closure formed in an isolated context would trap on the driver's thread.

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

private func takeBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    let part = UnsafeRawBufferPointer(start: bytes, count: size * count)
    // Any other count than that of the bytes offered ends the transfer.
    return transfer(context)?.take(body: part) == true ? part.count : part.count + 1
}

private func takeHeaderLine(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return transfer(context)?.take(headerLine: line) == true ? line.count : line.count + 1
}

private func beforeRequest(
    _ context: UnsafeMutableRawPointer?, _: UnsafeMutablePointer<CChar>?, _: UnsafeMutablePointer<CChar>?, _: Int32,
    _: Int32
) -> Int32 { transfer(context)?.mayBegin() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT }
