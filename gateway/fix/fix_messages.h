/* What a client may send in FIX 4.4, in one place: the fields, their form and allowed values; then
 * each message with its fields. fix_table makes its tables of it; nothing else lists a field.
 *
 *   FIELD(tag, Name, TYPE, values)     values: "" = any; else one character each
 *   MESSAGE(Name, type)                and FIX_FIELDS_<Name>(REQUIRED, OPTIONAL): its fields
 *   FIX_COMPONENT_<NAME>(OPTIONAL)     fields that several messages have
 *
 * A field that a message does not list is refused ("tag not defined for this message type"), rather
 * than ignored, so that nobody believes an instruction that nobody follows. Values that the engine
 * refuses with a reason of its own (an order type that an instrument does not have) may pass.
 * source: FIX 4.4 volumes 3 (session messages), 4 (order messages), 6 (fields) */
#ifndef GATEWAY_FIX_FIX_MESSAGES_H
#define GATEWAY_FIX_FIX_MESSAGES_H

#define FIX_FIELDS(FIELD)                                                                          \
    /* --- header --- */                                                                           \
    FIELD(34, MsgSeqNum, SEQNUM, "")                                                               \
    FIELD(43, PossDupFlag, BOOLEAN, "")                                                            \
    FIELD(49, SenderCompID, STRING, "")                                                            \
    FIELD(50, SenderSubID, STRING, "")                                                             \
    FIELD(52, SendingTime, TIME, "")                                                               \
    FIELD(56, TargetCompID, STRING, "")                                                            \
    FIELD(57, TargetSubID, STRING, "")                                                             \
    FIELD(97, PossResend, BOOLEAN, "")                                                             \
    FIELD(115, OnBehalfOfCompID, STRING, "")                                                       \
    FIELD(116, OnBehalfOfSubID, STRING, "")                                                        \
    FIELD(122, OrigSendingTime, TIME, "")                                                          \
    FIELD(128, DeliverToCompID, STRING, "")                                                        \
    FIELD(129, DeliverToSubID, STRING, "")                                                         \
    FIELD(142, SenderLocationID, STRING, "")                                                       \
    FIELD(143, TargetLocationID, STRING, "")                                                       \
    FIELD(369, LastMsgSeqNumProcessed, SEQNUM, "")                                                 \
    /* trailer */                                                                                  \
    FIELD(89, Signature, DATA, "")                                                                 \
    FIELD(93, SignatureLength, LENGTH, "")                                                         \
    /* --- session --- */                                                                          \
    FIELD(7, BeginSeqNo, SEQNUM, "")                                                               \
    FIELD(16, EndSeqNo, SEQNUM, "")                                                                \
    FIELD(36, NewSeqNo, SEQNUM, "")                                                                \
    FIELD(45, RefSeqNum, SEQNUM, "")                                                               \
    FIELD(58, Text, STRING, "")                                                                    \
    FIELD(95, RawDataLength, LENGTH, "")                                                           \
    FIELD(96, RawData, DATA, "")                                                                   \
    FIELD(98, EncryptMethod, INT, "0")                                                             \
    FIELD(108, HeartBtInt, INT, "")                                                                \
    FIELD(112, TestReqID, STRING, "")                                                              \
    FIELD(123, GapFillFlag, BOOLEAN, "")                                                           \
    FIELD(141, ResetSeqNumFlag, BOOLEAN, "")                                                       \
    FIELD(354, EncodedTextLen, LENGTH, "")                                                         \
    FIELD(355, EncodedText, DATA, "")                                                              \
    FIELD(371, RefTagID, INT, "")                                                                  \
    FIELD(372, RefMsgType, STRING, "")                                                             \
    FIELD(373, SessionRejectReason, INT, "")                                                       \
    FIELD(379, BusinessRejectRefID, STRING, "")                                                    \
    FIELD(380, BusinessRejectReason, INT, "")                                                      \
    FIELD(383, MaxMessageSize, LENGTH, "")                                                         \
    FIELD(464, TestMessageIndicator, BOOLEAN, "")                                                  \
    FIELD(553, Username, STRING, "")                                                               \
    FIELD(554, Password, STRING, "")                                                               \
    FIELD(789, NextExpectedMsgSeqNum, SEQNUM, "")                                                  \
    /* --- orders --- */                                                                           \
    FIELD(1, Account, STRING, "")                                                                  \
    FIELD(11, ClOrdID, CLIENT_ID, "")                                                              \
    FIELD(15, Currency, STRING, "")                                                                \
    FIELD(18, ExecInst, CHARS, "6GMQRa")                                                           \
    FIELD(21, HandlInst, CHAR, "123")                                                              \
    FIELD(22, SecurityIDSource, STRING, "")                                                        \
    FIELD(37, OrderID, STRING, "")                                                                 \
    FIELD(38, OrderQty, DECIMAL, "")                                                               \
    FIELD(40, OrdType, CHAR, "1234DKP")                                                            \
    FIELD(41, OrigClOrdID, CLIENT_ID, "")                                                          \
    FIELD(44, Price, DECIMAL, "")                                                                  \
    FIELD(47, Rule80A, CHAR, "")                                                                   \
    FIELD(48, SecurityID, STRING, "")                                                              \
    FIELD(54, Side, CHAR, "12")                                                                    \
    FIELD(55, Symbol, STRING, "")                                                                  \
    FIELD(59, TimeInForce, CHAR, "0123467")                                                        \
    FIELD(60, TransactTime, TIME, "")                                                              \
    FIELD(64, SettlDate, STRING, "")                                                               \
    FIELD(66, ListID, CLIENT_ID, "")                                                               \
    FIELD(67, ListSeqNo, INT, "12")                                                                \
    FIELD(68, TotNoOrders, INT, "2")                                                               \
    FIELD(69, ListExecInst, STRING, "")                                                            \
    FIELD(73, NoOrders, INT, "2")                                                                  \
    FIELD(99, StopPx, DECIMAL, "")                                                                 \
    FIELD(100, ExDestination, STRING, "")                                                          \
    FIELD(107, SecurityDesc, STRING, "")                                                           \
    FIELD(110, MinQty, DECIMAL, "")                                                                \
    FIELD(111, MaxFloor, DECIMAL, "")                                                              \
    FIELD(114, LocateReqd, BOOLEAN, "")                                                            \
    FIELD(126, ExpireTime, TIME, "")                                                               \
    FIELD(167, SecurityType, STRING, "")                                                           \
    FIELD(207, SecurityExchange, STRING, "")                                                       \
    FIELD(211, PegOffsetValue, DECIMAL, "")                                                        \
    FIELD(394, BidType, INT, "3")                                                                  \
    FIELD(433, ListExecInstType, CHAR, "1")                                                        \
    FIELD(461, CFICode, STRING, "")                                                                \
    FIELD(526, SecondaryClOrdID, STRING, "")                                                       \
    FIELD(528, OrderCapacity, CHAR, "")                                                            \
    FIELD(530, MassCancelRequestType, CHAR, "17")                                                  \
    FIELD(581, AccountType, INT, "")                                                               \
    FIELD(583, ClOrdLinkID, STRING, "")                                                            \
    FIELD(660, AcctIDSource, INT, "")                                                              \
    FIELD(1084, DisplayMethod, CHAR, "13")                                                         \
    FIELD(1138, DisplayQty, DECIMAL, "")                                                           \
    FIELD(1385, ContingencyType, CHAR, "1")                                                        \
    /* --- quotes --- */                                                                           \
    FIELD(117, QuoteID, CLIENT_ID, "")                                                             \
    FIELD(132, BidPx, DECIMAL, "")                                                                 \
    FIELD(133, OfferPx, DECIMAL, "")                                                               \
    FIELD(134, BidSize, DECIMAL, "")                                                               \
    FIELD(135, OfferSize, DECIMAL, "")                                                             \
    FIELD(295, NoQuoteEntries, INT, "")                                                            \
    FIELD(296, NoQuoteSets, INT, "")                                                               \
    FIELD(298, QuoteCancelType, CHAR, "14")                                                        \
    FIELD(299, QuoteEntryID, CLIENT_ID, "")                                                        \
    FIELD(301, QuoteResponseLevel, INT, "012")                                                     \
    FIELD(302, QuoteSetID, SEQNUM, "")                                                             \
    FIELD(304, TotNoQuoteEntries, INT, "")                                                         \
    FIELD(893, LastFragment, BOOLEAN, "Y")                                                         \
    /* --- requests for quote, negotiated trades --- */                                            \
    FIELD(31, LastPx, DECIMAL, "")                                                                 \
    FIELD(32, LastQty, DECIMAL, "")                                                                \
    FIELD(62, ValidUntilTime, TIME, "")                                                            \
    FIELD(75, TradeDate, STRING, "")                                                               \
    FIELD(131, QuoteReqID, CLIENT_ID, "")                                                          \
    FIELD(146, NoRelatedSym, INT, "1")                                                             \
    FIELD(303, QuoteRequestType, INT, "12")                                                        \
    FIELD(447, PartyIDSource, CHAR, "D")                                                           \
    FIELD(448, PartyID, STRING, "")                                                                \
    FIELD(452, PartyRole, INT, "")                                                                 \
    FIELD(453, NoPartyIDs, INT, "")                                                                \
    FIELD(487, TradeReportTransType, INT, "0")                                                     \
    FIELD(537, QuoteType, INT, "1")                                                                \
    FIELD(552, NoSides, INT, "2")                                                                  \
    FIELD(570, PreviouslyReported, BOOLEAN, "")                                                    \
    FIELD(571, TradeReportID, CLIENT_ID, "")                                                       \
    FIELD(572, TradeReportRefID, STRING, "")                                                       \
    FIELD(693, QuoteRespID, CLIENT_ID, "")                                                         \
    FIELD(694, QuoteRespType, INT, "16")                                                           \
    FIELD(828, TrdType, INT, "")                                                                   \
    FIELD(856, TradeReportType, INT, "023")                                                        \
    FIELD(1091, PreTradeAnonymity, BOOLEAN, "")                                                    \
    FIELD(1123, TradeHandlingInstr, CHAR, "13")                                                    \
    FIELD(1171, PrivateQuote, BOOLEAN, "")                                                         \
    /* --- how the market stands --- */                                                            \
    FIELD(263, SubscriptionRequestType, CHAR, "012")                                               \
    FIELD(324, SecurityStatusReqID, CLIENT_ID, "")                                                 \
    FIELD(335, TradSesReqID, CLIENT_ID, "")                                                        \
    FIELD(336, TradingSessionID, STRING, "")

/* What messages may say of an instrument beside its Symbol (component block Instrument). */
#define FIX_COMPONENT_INSTRUMENT(OPTIONAL)                                                         \
    OPTIONAL(SecurityIDSource)                                                                     \
    OPTIONAL(SecurityID)                                                                           \
    OPTIONAL(SecurityDesc)                                                                         \
    OPTIONAL(SecurityType)                                                                         \
    OPTIONAL(SecurityExchange)                                                                     \
    OPTIONAL(CFICode)

/* Header and trailer: in every message. */
#define FIX_FIELDS_Header(OPTIONAL)                                                                \
    OPTIONAL(MsgSeqNum)                                                                            \
    OPTIONAL(PossDupFlag)                                                                          \
    OPTIONAL(SenderCompID)                                                                         \
    OPTIONAL(SenderSubID)                                                                          \
    OPTIONAL(SendingTime)                                                                          \
    OPTIONAL(TargetCompID)                                                                         \
    OPTIONAL(TargetSubID)                                                                          \
    OPTIONAL(PossResend)                                                                           \
    OPTIONAL(OnBehalfOfCompID)                                                                     \
    OPTIONAL(OnBehalfOfSubID)                                                                      \
    OPTIONAL(OrigSendingTime)                                                                      \
    OPTIONAL(DeliverToCompID)                                                                      \
    OPTIONAL(DeliverToSubID)                                                                       \
    OPTIONAL(SenderLocationID)                                                                     \
    OPTIONAL(TargetLocationID)                                                                     \
    OPTIONAL(LastMsgSeqNumProcessed)                                                               \
    OPTIONAL(Signature)                                                                            \
    OPTIONAL(SignatureLength)

#define FIX_MESSAGES(MESSAGE)                                                                      \
    MESSAGE(Logon, "A")                                                                            \
    MESSAGE(Heartbeat, "0")                                                                        \
    MESSAGE(TestRequest, "1")                                                                      \
    MESSAGE(ResendRequest, "2")                                                                    \
    MESSAGE(Reject, "3")                                                                           \
    MESSAGE(SequenceReset, "4")                                                                    \
    MESSAGE(Logout, "5")                                                                           \
    MESSAGE(BusinessMessageReject, "j")                                                            \
    MESSAGE(NewOrderSingle, "D")                                                                   \
    MESSAGE(NewOrderList, "E")                                                                     \
    MESSAGE(OrderCancelRequest, "F")                                                               \
    MESSAGE(OrderCancelReplaceRequest, "G")                                                        \
    MESSAGE(OrderMassCancelRequest, "q")                                                           \
    MESSAGE(MassQuote, "i")                                                                        \
    MESSAGE(QuoteCancel, "Z")                                                                      \
    MESSAGE(QuoteRequest, "R")                                                                     \
    MESSAGE(Quote, "S")                                                                            \
    MESSAGE(QuoteResponse, "AJ")                                                                   \
    MESSAGE(TradeCaptureReport, "AE")                                                              \
    MESSAGE(SecurityStatusRequest, "e")                                                            \
    MESSAGE(TradingSessionStatusRequest, "g")

#define FIX_FIELDS_Logon(REQUIRED, OPTIONAL)                                                       \
    REQUIRED(EncryptMethod)                                                                        \
    REQUIRED(HeartBtInt)                                                                           \
    OPTIONAL(RawDataLength)                                                                        \
    OPTIONAL(RawData)                                                                              \
    OPTIONAL(ResetSeqNumFlag)                                                                      \
    OPTIONAL(NextExpectedMsgSeqNum)                                                                \
    OPTIONAL(MaxMessageSize)                                                                       \
    OPTIONAL(TestMessageIndicator)                                                                 \
    OPTIONAL(Username)                                                                             \
    OPTIONAL(Password)                                                                             \
    OPTIONAL(Text)

#define FIX_FIELDS_Heartbeat(REQUIRED, OPTIONAL) OPTIONAL(TestReqID)

#define FIX_FIELDS_TestRequest(REQUIRED, OPTIONAL) REQUIRED(TestReqID)

#define FIX_FIELDS_ResendRequest(REQUIRED, OPTIONAL)                                               \
    REQUIRED(BeginSeqNo)                                                                           \
    REQUIRED(EndSeqNo)

#define FIX_FIELDS_Reject(REQUIRED, OPTIONAL)                                                      \
    REQUIRED(RefSeqNum)                                                                            \
    OPTIONAL(RefTagID)                                                                             \
    OPTIONAL(RefMsgType)                                                                           \
    OPTIONAL(SessionRejectReason)                                                                  \
    OPTIONAL(Text)                                                                                 \
    OPTIONAL(EncodedTextLen)                                                                       \
    OPTIONAL(EncodedText)

#define FIX_FIELDS_SequenceReset(REQUIRED, OPTIONAL)                                               \
    REQUIRED(NewSeqNo)                                                                             \
    OPTIONAL(GapFillFlag)

#define FIX_FIELDS_Logout(REQUIRED, OPTIONAL)                                                      \
    OPTIONAL(Text)                                                                                 \
    OPTIONAL(EncodedTextLen)                                                                       \
    OPTIONAL(EncodedText)

#define FIX_FIELDS_BusinessMessageReject(REQUIRED, OPTIONAL)                                       \
    REQUIRED(RefMsgType)                                                                           \
    REQUIRED(BusinessRejectReason)                                                                 \
    OPTIONAL(RefSeqNum)                                                                            \
    OPTIONAL(BusinessRejectRefID)                                                                  \
    OPTIONAL(Text)                                                                                 \
    OPTIONAL(EncodedTextLen)                                                                       \
    OPTIONAL(EncodedText)

/* Of an order, whatever message it comes in. */
#define FIX_FIELDS_Order(OPTIONAL)                                                                 \
    OPTIONAL(Account)                                                                              \
    OPTIONAL(AcctIDSource)                                                                         \
    OPTIONAL(AccountType)                                                                          \
    OPTIONAL(Currency)                                                                             \
    OPTIONAL(ExecInst)                                                                             \
    OPTIONAL(HandlInst)                                                                            \
    FIX_COMPONENT_INSTRUMENT(OPTIONAL)                                                             \
    OPTIONAL(Price)                                                                                \
    OPTIONAL(StopPx)                                                                               \
    OPTIONAL(TimeInForce)                                                                          \
    OPTIONAL(ExpireTime)                                                                           \
    OPTIONAL(MinQty)                                                                               \
    OPTIONAL(MaxFloor)                                                                             \
    OPTIONAL(DisplayQty)                                                                           \
    OPTIONAL(DisplayMethod)                                                                        \
    OPTIONAL(PegOffsetValue)                                                                       \
    OPTIONAL(SettlDate)                                                                            \
    OPTIONAL(ExDestination)                                                                        \
    OPTIONAL(LocateReqd)                                                                           \
    OPTIONAL(Rule80A)                                                                              \
    OPTIONAL(OrderCapacity)                                                                        \
    OPTIONAL(SecondaryClOrdID)                                                                     \
    OPTIONAL(Text)

#define FIX_FIELDS_NewOrderSingle(REQUIRED, OPTIONAL)                                              \
    REQUIRED(ClOrdID)                                                                              \
    REQUIRED(Symbol)                                                                               \
    REQUIRED(Side)                                                                                 \
    REQUIRED(TransactTime)                                                                         \
    REQUIRED(OrderQty)                                                                             \
    REQUIRED(OrdType)                                                                              \
    OPTIONAL(QuoteID)                                                                              \
    OPTIONAL(ClOrdLinkID)                                                                          \
    OPTIONAL(ContingencyType)                                                                      \
    FIX_FIELDS_Order(OPTIONAL)

#define FIX_FIELDS_NewOrderList(REQUIRED, OPTIONAL)                                                \
    REQUIRED(ListID)                                                                               \
    REQUIRED(BidType)                                                                              \
    REQUIRED(TotNoOrders)                                                                          \
    REQUIRED(NoOrders)                                                                             \
    REQUIRED(ClOrdID)                                                                              \
    REQUIRED(ListSeqNo)                                                                            \
    REQUIRED(Symbol)                                                                               \
    REQUIRED(Side)                                                                                 \
    REQUIRED(OrderQty)                                                                             \
    REQUIRED(OrdType)                                                                              \
    OPTIONAL(ContingencyType)                                                                      \
    OPTIONAL(ListExecInst)                                                                         \
    OPTIONAL(ListExecInstType)                                                                     \
    OPTIONAL(LastFragment)                                                                         \
    OPTIONAL(TransactTime)                                                                         \
    FIX_FIELDS_Order(OPTIONAL)

#define FIX_FIELDS_OrderCancelRequest(REQUIRED, OPTIONAL)                                          \
    REQUIRED(OrigClOrdID)                                                                          \
    REQUIRED(ClOrdID)                                                                              \
    REQUIRED(Symbol)                                                                               \
    REQUIRED(Side)                                                                                 \
    REQUIRED(TransactTime)                                                                         \
    OPTIONAL(OrderQty)                                                                             \
    OPTIONAL(OrderID)                                                                              \
    OPTIONAL(Account)                                                                              \
    OPTIONAL(AcctIDSource)                                                                         \
    FIX_COMPONENT_INSTRUMENT(OPTIONAL)                                                             \
    OPTIONAL(SecondaryClOrdID)                                                                     \
    OPTIONAL(Text)

#define FIX_FIELDS_OrderCancelReplaceRequest(REQUIRED, OPTIONAL)                                   \
    REQUIRED(OrigClOrdID)                                                                          \
    REQUIRED(ClOrdID)                                                                              \
    REQUIRED(Symbol)                                                                               \
    REQUIRED(Side)                                                                                 \
    REQUIRED(TransactTime)                                                                         \
    REQUIRED(OrderQty)                                                                             \
    REQUIRED(OrdType)                                                                              \
    OPTIONAL(OrderID)                                                                              \
    OPTIONAL(Account)                                                                              \
    OPTIONAL(AcctIDSource)                                                                         \
    OPTIONAL(AccountType)                                                                          \
    OPTIONAL(Currency)                                                                             \
    OPTIONAL(ExecInst)                                                                             \
    OPTIONAL(HandlInst)                                                                            \
    FIX_COMPONENT_INSTRUMENT(OPTIONAL)                                                             \
    OPTIONAL(Price)                                                                                \
    OPTIONAL(TimeInForce)                                                                          \
    OPTIONAL(SettlDate)                                                                            \
    OPTIONAL(ExDestination)                                                                        \
    OPTIONAL(LocateReqd)                                                                           \
    OPTIONAL(Rule80A)                                                                              \
    OPTIONAL(OrderCapacity)                                                                        \
    OPTIONAL(SecondaryClOrdID)                                                                     \
    OPTIONAL(Text)

#define FIX_FIELDS_OrderMassCancelRequest(REQUIRED, OPTIONAL)                                      \
    REQUIRED(ClOrdID)                                                                              \
    REQUIRED(MassCancelRequestType)                                                                \
    REQUIRED(TransactTime)                                                                         \
    OPTIONAL(Account)                                                                              \
    OPTIONAL(AcctIDSource)                                                                         \
    OPTIONAL(Symbol)                                                                               \
    OPTIONAL(Side)                                                                                 \
    OPTIONAL(SecondaryClOrdID)                                                                     \
    OPTIONAL(Text)

#define FIX_FIELDS_MassQuote(REQUIRED, OPTIONAL)                                                   \
    REQUIRED(QuoteID)                                                                              \
    REQUIRED(NoQuoteSets)                                                                          \
    REQUIRED(QuoteSetID)                                                                           \
    REQUIRED(TotNoQuoteEntries)                                                                    \
    REQUIRED(NoQuoteEntries)                                                                       \
    REQUIRED(QuoteEntryID)                                                                         \
    REQUIRED(Symbol)                                                                               \
    OPTIONAL(QuoteResponseLevel)                                                                   \
    OPTIONAL(Account)                                                                              \
    OPTIONAL(AcctIDSource)                                                                         \
    OPTIONAL(AccountType)                                                                          \
    OPTIONAL(ExecInst)                                                                             \
    OPTIONAL(BidPx)                                                                                \
    OPTIONAL(OfferPx)                                                                              \
    OPTIONAL(BidSize)                                                                              \
    OPTIONAL(OfferSize)                                                                            \
    OPTIONAL(LastFragment)                                                                         \
    OPTIONAL(TransactTime)                                                                         \
    OPTIONAL(Text)

#define FIX_FIELDS_QuoteCancel(REQUIRED, OPTIONAL)                                                 \
    REQUIRED(QuoteID)                                                                              \
    REQUIRED(QuoteCancelType)                                                                      \
    OPTIONAL(QuoteResponseLevel)                                                                   \
    OPTIONAL(Account)                                                                              \
    OPTIONAL(AcctIDSource)                                                                         \
    OPTIONAL(AccountType)                                                                          \
    OPTIONAL(NoQuoteEntries)                                                                       \
    OPTIONAL(Symbol)                                                                               \
    OPTIONAL(Text)

#define FIX_FIELDS_QuoteRequest(REQUIRED, OPTIONAL)                                                \
    REQUIRED(QuoteReqID)                                                                           \
    REQUIRED(NoRelatedSym)                                                                         \
    REQUIRED(Symbol)                                                                               \
    REQUIRED(OrderQty)                                                                             \
    OPTIONAL(Side)                                                                                 \
    OPTIONAL(Account)                                                                              \
    OPTIONAL(AcctIDSource)                                                                         \
    OPTIONAL(AccountType)                                                                          \
    OPTIONAL(ExecInst)                                                                             \
    OPTIONAL(ExpireTime)                                                                           \
    OPTIONAL(TransactTime)                                                                         \
    OPTIONAL(NoPartyIDs)                                                                           \
    OPTIONAL(PartyID)                                                                              \
    OPTIONAL(PartyIDSource)                                                                        \
    OPTIONAL(PartyRole)                                                                            \
    OPTIONAL(PreTradeAnonymity)                                                                    \
    OPTIONAL(PrivateQuote)                                                                         \
    OPTIONAL(QuoteRequestType)                                                                     \
    OPTIONAL(QuoteType)                                                                            \
    OPTIONAL(OrdType)                                                                              \
    OPTIONAL(Currency)                                                                             \
    OPTIONAL(SettlDate)                                                                            \
    FIX_COMPONENT_INSTRUMENT(OPTIONAL)                                                             \
    OPTIONAL(OrderCapacity)                                                                        \
    OPTIONAL(Text)

#define FIX_FIELDS_Quote(REQUIRED, OPTIONAL)                                                       \
    REQUIRED(QuoteReqID)                                                                           \
    REQUIRED(QuoteID)                                                                              \
    REQUIRED(Symbol)                                                                               \
    OPTIONAL(BidPx)                                                                                \
    OPTIONAL(OfferPx)                                                                              \
    OPTIONAL(BidSize)                                                                              \
    OPTIONAL(OfferSize)                                                                            \
    OPTIONAL(QuoteType)                                                                            \
    OPTIONAL(QuoteResponseLevel)                                                                   \
    OPTIONAL(ExecInst)                                                                             \
    OPTIONAL(ValidUntilTime)                                                                       \
    OPTIONAL(TransactTime)                                                                         \
    OPTIONAL(Account)                                                                              \
    OPTIONAL(AcctIDSource)                                                                         \
    OPTIONAL(AccountType)                                                                          \
    OPTIONAL(Currency)                                                                             \
    OPTIONAL(SettlDate)                                                                            \
    FIX_COMPONENT_INSTRUMENT(OPTIONAL)                                                             \
    OPTIONAL(OrderCapacity)                                                                        \
    OPTIONAL(Text)

#define FIX_FIELDS_QuoteResponse(REQUIRED, OPTIONAL)                                               \
    REQUIRED(QuoteRespID)                                                                          \
    REQUIRED(QuoteID)                                                                              \
    REQUIRED(QuoteRespType)                                                                        \
    REQUIRED(Symbol)                                                                               \
    OPTIONAL(ClOrdID)                                                                              \
    OPTIONAL(Side)                                                                                 \
    OPTIONAL(OrderQty)                                                                             \
    OPTIONAL(QuoteType)                                                                            \
    OPTIONAL(TransactTime)                                                                         \
    OPTIONAL(Account)                                                                              \
    OPTIONAL(AcctIDSource)                                                                         \
    OPTIONAL(AccountType)                                                                          \
    OPTIONAL(Currency)                                                                             \
    OPTIONAL(SettlDate)                                                                            \
    FIX_COMPONENT_INSTRUMENT(OPTIONAL)                                                             \
    OPTIONAL(OrderCapacity)                                                                        \
    OPTIONAL(Text)

#define FIX_FIELDS_TradeCaptureReport(REQUIRED, OPTIONAL)                                          \
    REQUIRED(TradeReportID)                                                                        \
    REQUIRED(PreviouslyReported)                                                                   \
    REQUIRED(Symbol)                                                                               \
    REQUIRED(LastQty)                                                                              \
    REQUIRED(LastPx)                                                                               \
    REQUIRED(TradeDate)                                                                            \
    REQUIRED(TransactTime)                                                                         \
    REQUIRED(NoSides)                                                                              \
    REQUIRED(Side)                                                                                 \
    OPTIONAL(TradeReportTransType)                                                                 \
    OPTIONAL(TradeReportType)                                                                      \
    OPTIONAL(TrdType)                                                                              \
    OPTIONAL(TradeHandlingInstr)                                                                   \
    OPTIONAL(TradeReportRefID)                                                                     \
    OPTIONAL(ExpireTime)                                                                           \
    OPTIONAL(ClOrdID)                                                                              \
    OPTIONAL(Account)                                                                              \
    OPTIONAL(AcctIDSource)                                                                         \
    OPTIONAL(AccountType)                                                                          \
    OPTIONAL(Currency)                                                                             \
    OPTIONAL(SettlDate)                                                                            \
    FIX_COMPONENT_INSTRUMENT(OPTIONAL)                                                             \
    OPTIONAL(OrderCapacity)                                                                        \
    OPTIONAL(Text)

#define FIX_FIELDS_SecurityStatusRequest(REQUIRED, OPTIONAL)                                       \
    REQUIRED(SecurityStatusReqID)                                                                  \
    REQUIRED(Symbol)                                                                               \
    REQUIRED(SubscriptionRequestType)                                                              \
    OPTIONAL(Currency)                                                                             \
    FIX_COMPONENT_INSTRUMENT(OPTIONAL)

#define FIX_FIELDS_TradingSessionStatusRequest(REQUIRED, OPTIONAL)                                 \
    REQUIRED(TradSesReqID)                                                                         \
    REQUIRED(SubscriptionRequestType)                                                              \
    OPTIONAL(TradingSessionID)

/* Those that come again in the groups of a message: its reader takes them in their order. */
#define FIX_REPEATED_MassQuote(FIELD)                                                              \
    FIELD(QuoteSetID)                                                                              \
    FIELD(TotNoQuoteEntries)                                                                       \
    FIELD(NoQuoteEntries)                                                                          \
    FIELD(LastFragment)                                                                            \
    FIELD(QuoteEntryID)                                                                            \
    FIELD(Symbol)                                                                                  \
    FIELD(BidPx)                                                                                   \
    FIELD(OfferPx)                                                                                 \
    FIELD(BidSize)                                                                                 \
    FIELD(OfferSize)

#define FIX_REPEATED_QuoteRequest(FIELD)                                                           \
    FIELD(PartyID)                                                                                 \
    FIELD(PartyIDSource)                                                                           \
    FIELD(PartyRole)

#define FIX_REPEATED_TradeCaptureReport(FIELD)                                                     \
    FIELD(Side)                                                                                    \
    FIELD(Account)                                                                                 \
    FIELD(AcctIDSource)                                                                            \
    FIELD(AccountType)                                                                             \
    FIELD(ClOrdID)                                                                                 \
    FIELD(OrderCapacity)

/* The same of the orders of a list; fix_list takes it apart. */
#define FIX_REPEATED_NewOrderList(FIELD)                                                           \
    FIELD(ClOrdID)                                                                                 \
    FIELD(ListSeqNo)                                                                               \
    FIELD(Symbol)                                                                                  \
    FIELD(Side)                                                                                    \
    FIELD(TransactTime)                                                                            \
    FIELD(OrderQty)                                                                                \
    FIELD(OrdType)                                                                                 \
    FIX_FIELDS_Order(FIELD)

#endif
