// A FIX client on Debian's libquickfix: logs on, trades with itself and counts, or does as it is told.
//
//   quickfix_client PORT COMP_ID STORE trade|resend|talk
//
// trade    a buy and a sell that match, an iceberg, cancels of orders that wait, a rejected symbol, a
//          quote of two sides, how an instrument stands
// resend   pretends to have received nothing: the venue must send all of it again
// talk     reads orders from its standard input until it ends, prints what comes, a message a line:
//            new ID SIDE SYMBOL QTY PRICE     sends a limit order; SIDE is 1 (buy) or 2 (sell)
//            again ID SIDE SYMBOL QTY PRICE   the same as a possible resend (97=Y)
// Exit 0 when everything came; trade and resend print one line of what came.
#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>

#include <quickfix/Application.h>
#include <quickfix/FileStore.h>
#include <quickfix/Session.h>
#include <quickfix/SessionSettings.h>
#include <quickfix/SocketInitiator.h>
#include <quickfix/fix44/MassQuote.h>
#include <quickfix/fix44/NewOrderSingle.h>
#include <quickfix/fix44/OrderCancelRequest.h>
#include <quickfix/fix44/SecurityStatusRequest.h>

class Client : public FIX::NullApplication
{
  public:
    bool talks = false;
    int up = 0, accepted = 0, fills = 0, canceled = 0, rejected = 0, again = 0, session_rejects = 0;
    int icebergs = 0, quoted = 0, open = 0; // 111 of a new order, 297=0 of b, 326=17 of f

    // Waits for a condition on the counts, with a deadline.
    template <class Condition>
    bool
    wait(Condition condition)
    {
        std::unique_lock<std::mutex> lock(mutex);
        return changed.wait_for(lock, std::chrono::seconds(20), condition);
    }

    void
    toAdmin(FIX::Message &m, const FIX::SessionID &) override
    {
        if (m.getHeader().getField(FIX::FIELD::MsgType) == "A")
            m.setField(FIX::FIELD::Password, "demo");
    }
    void
    onLogon(const FIX::SessionID &) override
    {
        say("up");
        count(up);
    }
    void
    onLogout(const FIX::SessionID &) override
    {
        say("down");
    }
    void
    fromAdmin(const FIX::Message &m,
              const FIX::SessionID &) throw(FIX::FieldNotFound, FIX::IncorrectDataFormat,
                                            FIX::IncorrectTagValue, FIX::RejectLogon) override
    {
        if (m.getHeader().getField(FIX::FIELD::MsgType) == "3")
            count(session_rejects);
    }
    void
    fromApp(const FIX::Message &m,
            const FIX::SessionID &) throw(FIX::FieldNotFound, FIX::IncorrectDataFormat,
                                          FIX::IncorrectTagValue,
                                          FIX::UnsupportedMessageType) override
    {
        const FIX::Header &h = m.getHeader();
        say(m.toString());
        if (h.isSetField(FIX::FIELD::PossDupFlag) && h.getField(FIX::FIELD::PossDupFlag) == "Y")
            count(again);
        const std::string type = h.getField(FIX::FIELD::MsgType);
        if (type == "b" && m.getField(FIX::FIELD::QuoteStatus) == "0")
            count(quoted);
        if (type == "f" && m.getField(FIX::FIELD::SecurityTradingStatus) == "17")
            count(open);
        if (type != "8")
            return;
        switch (m.getField(FIX::FIELD::ExecType)[0]) {
        case '0':
            if (m.isSetField(FIX::FIELD::MaxFloor) && m.getField(FIX::FIELD::MaxFloor) == "0.1")
                count(icebergs);
            count(accepted);
            break;
        case 'F':
            count(fills);
            break;
        case '4':
            count(canceled);
            break;
        case '8':
            count(rejected);
            break;
        }
    }

  private:
    std::mutex mutex;
    std::condition_variable changed;

    void
    say(std::string line)
    {
        if (!talks)
            return;
        std::replace(line.begin(), line.end(), '\001', '|');
        puts(line.c_str());
        fflush(stdout);
    }

    void
    count(int &what)
    {
        std::lock_guard<std::mutex> lock(mutex);
        what++;
        changed.notify_all();
    }
};

static std::string
order_id()
{
    static int number = 0;
    std::ostringstream s;
    s << "qf-" << time(nullptr) << "-" << getpid() << "-" << ++number;
    return s.str();
}

struct Order {
    std::string id, side, symbol, qty, price;
};

static void
send(const FIX::SessionID &session, const Order &o, bool again)
{
    FIX44::NewOrderSingle m(FIX::ClOrdID(o.id), FIX::Side(o.side[0]), FIX::TransactTime(),
                            FIX::OrdType(FIX::OrdType_LIMIT));
    m.set(FIX::Symbol(o.symbol));
    m.setField(FIX::FIELD::OrderQty, o.qty);
    m.setField(FIX::FIELD::Price, o.price);
    m.set(FIX::TimeInForce(FIX::TimeInForce_GOOD_TILL_CANCEL));
    if (again)
        m.getHeader().setField(FIX::FIELD::PossResend, "Y");
    FIX::Session::sendToTarget(m, session);
}

static std::string
order(const FIX::SessionID &session, char side, const char *symbol, const char *price)
{
    std::string id = order_id();
    send(session, {id, std::string(1, side), symbol, "0.5", price}, false);
    return id;
}

/* A stop-limit order that waits until it is canceled, or until its date. */
static std::string
stop(const FIX::SessionID &session)
{
    FIX44::NewOrderSingle m(FIX::ClOrdID(order_id()), FIX::Side(FIX::Side_BUY), FIX::TransactTime(),
                            FIX::OrdType(FIX::OrdType_STOP_LIMIT));
    m.set(FIX::Symbol("BTC-AUD"));
    m.setField(FIX::FIELD::OrderQty, "0.5");
    m.setField(FIX::FIELD::Price, "90000");
    m.setField(FIX::FIELD::StopPx, "80000");
    m.set(FIX::TimeInForce(FIX::TimeInForce_GOOD_TILL_DATE));
    m.set(FIX::ExpireTime(FIX::UtcTimeStamp(time(nullptr) + 86400)));
    FIX::Session::sendToTarget(m, session);
    return m.getField(FIX::FIELD::ClOrdID);
}

/* Shows a tenth of a coin at a time. */
static std::string
iceberg(const FIX::SessionID &session)
{
    FIX44::NewOrderSingle m(FIX::ClOrdID(order_id()), FIX::Side(FIX::Side_BUY), FIX::TransactTime(),
                            FIX::OrdType(FIX::OrdType_LIMIT));
    m.set(FIX::Symbol("BTC-AUD"));
    m.setField(FIX::FIELD::OrderQty, "0.5");
    m.setField(FIX::FIELD::Price, "49000");
    m.setField(FIX::FIELD::MaxFloor, "0.1");
    FIX::Session::sendToTarget(m, session);
    return m.getField(FIX::FIELD::ClOrdID);
}

/* A bid and an offer far from the market; the next ones take their place. */
static void
quote(const FIX::SessionID &session)
{
    FIX44::MassQuote m{FIX::QuoteID(order_id())};
    FIX44::MassQuote::NoQuoteSets set;
    FIX44::MassQuote::NoQuoteSets::NoQuoteEntries entry;
    entry.set(FIX::QuoteEntryID("btc"));
    entry.set(FIX::Symbol("BTC-AUD"));
    entry.setField(FIX::FIELD::BidPx, "45000");
    entry.setField(FIX::FIELD::BidSize, "0.1");
    entry.setField(FIX::FIELD::OfferPx, "75000");
    entry.setField(FIX::FIELD::OfferSize, "0.1");
    set.set(FIX::QuoteSetID("1"));
    set.set(FIX::TotNoQuoteEntries(1));
    set.addGroup(entry);
    m.addGroup(set);
    FIX::Session::sendToTarget(m, session);
}

static void
ask_status(const FIX::SessionID &session)
{
    FIX44::SecurityStatusRequest m(FIX::SecurityStatusReqID(order_id()),
                                   FIX::SubscriptionRequestType('0'));
    m.set(FIX::Symbol("BTC-AUD"));
    FIX::Session::sendToTarget(m, session);
}

static void
cancel(const FIX::SessionID &session, const std::string &orig)
{
    FIX44::OrderCancelRequest m(FIX::OrigClOrdID(orig), FIX::ClOrdID(order_id()),
                                FIX::Side(FIX::Side_BUY), FIX::TransactTime());
    m.set(FIX::Symbol("BTC-AUD"));
    FIX::Session::sendToTarget(m, session);
}

static bool
trade(Client &c, const FIX::SessionID &session)
{
    const int accepted = c.accepted, fills = c.fills, canceled = c.canceled, rejected = c.rejected;
    const int icebergs = c.icebergs, quoted = c.quoted, open = c.open;
    order(session, FIX::Side_BUY, "BTC-AUD", "60000");
    order(session, FIX::Side_SELL, "BTC-AUD", "60000");
    std::string resting = order(session, FIX::Side_BUY, "BTC-AUD", "50000");
    std::string waiting = stop(session);
    std::string hides = iceberg(session);
    bool good = c.wait([&] {
        return c.accepted >= accepted + 5 && c.fills >= fills + 2 && c.icebergs > icebergs;
    });
    cancel(session, resting);
    cancel(session, waiting);
    cancel(session, hides);
    order(session, FIX::Side_BUY, "NO-SUCH", "1");
    quote(session);
    ask_status(session);
    return c.wait([&] {
        return c.canceled >= canceled + 3 && c.rejected > rejected && c.quoted > quoted &&
               c.open > open;
    }) && good && c.session_rejects == 0;
}

static bool
talk(const FIX::SessionID &session)
{
    for (std::string line, word; std::getline(std::cin, line);) {
        std::istringstream in(line);
        Order o;
        if (!(in >> word >> o.id >> o.side >> o.symbol >> o.qty >> o.price))
            return false;
        send(session, o, word == "again");
    }
    return true;
}

int
main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    std::ostringstream text;
    text << "[DEFAULT]\nConnectionType=initiator\nReconnectInterval=1\nFileStorePath=" << argv[3]
         << "\nStartTime=00:00:00\nEndTime=00:00:00\nHeartBtInt=10\nUseDataDictionary=N\n"
         << "SocketConnectHost=127.0.0.1\nSocketConnectPort=" << argv[1]
         << "\n[SESSION]\nBeginString=FIX.4.4\nSenderCompID=" << argv[2]
         << "\nTargetCompID=ASSAY\n";
    std::istringstream in(text.str());
    FIX::SessionSettings settings(in);
    FIX::FileStoreFactory store(settings);
    Client client;
    FIX::SocketInitiator initiator(client, store, settings);
    FIX::SessionID session("FIX.4.4", argv[2], "ASSAY");
    bool resend = std::string(argv[4]) == "resend";
    client.talks = std::string(argv[4]) == "talk";
    if (resend)
        FIX::Session::lookupSession(session)->setNextTargetMsgSeqNum(2);
    initiator.start();
    bool good = client.wait([&] { return client.up > 0; });
    if (good && resend) /* what one trade told: 5 accepted, 2 fills, 3 canceled, 1 rejected, 1 quoted */
        good = client.wait([&] { return client.again >= 12; }) && trade(client, session);
    else if (good)
        good = client.talks ? talk(session) : trade(client, session);
    initiator.stop();
    if (client.talks)
        return good ? 0 : 1;
    printf("up %d accepted %d fills %d canceled %d rejected %d again %d session rejects %d\n",
           client.up, client.accepted, client.fills, client.canceled, client.rejected, client.again,
           client.session_rejects);
    return good ? 0 : 1;
}
