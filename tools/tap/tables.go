package tap

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/lahja/go-lahja/internal/bytesize"
	"github.com/lahja/go-lahja/lahja/inspect"
)

// tables prints each inspection as tables, one after the other.
type tables struct {
	w     io.Writer
	begun bool
}

func (*tables) repeats() bool     { return true }
func (*tables) event(event) error { return nil }
func (*tables) lost(uint64) error { return nil }
func (*tables) finish() error     { return nil }

func (t *tables) inspection(_ []byte, i *inspect.Inspection) error {
	text := tablesOf(i)
	if t.begun {
		text = "\n" + text
	}
	t.begun = true
	_, err := io.WriteString(t.w, text)
	return written(err)
}

// tablesOf returns an inspection as tables. It leaves out empty ones.
func tablesOf(i *inspect.Inspection) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s, up for %v", i.Name, i.Instance, age(i, i.Since))
	if i.Address != "" {
		fmt.Fprintf(&b, ", listens at %s", i.Address)
	}
	fmt.Fprintf(&b, "\n%s\n", totals(i))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	peerTable(w, i)
	differenceTable(w, i)
	subscriptionTable(w, i)
	inFlightTable(w, i)
	tapTable(w, i)
	_ = w.Flush() // A bytes.Buffer takes everything.
	return trailing.ReplaceAllString(b.String(), "")
}

// trailing matches the spaces that columns leave at the end of a line.
var trailing = regexp.MustCompile(`(?m) +$`)

// age returns how long before the inspection something happened.
func age(i *inspect.Inspection, since time.Time) time.Duration {
	return i.At.Sub(since).Round(time.Second)
}

func totals(i *inspect.Inspection) string {
	t := i.Totals
	text := fmt.Sprintf("%d broadcast, %d sent (%s), %d received (%s), %d to itself, %d taken, %d requests pending", t.Broadcast,
		t.Sent.Events, bytesize.Format(t.Sent.Bytes), t.Received.Events, bytesize.Format(t.Received.Bytes), t.Local, t.Taken, i.Pending)
	return text + fmt.Sprintf("\ndropped: %d for peers, %d by subscriptions, %d unclaimed, %d unfit, %d forged, %s unsent; %d lost on the way; %d handler errors",
		t.DroppedForPeers, t.Dropped, t.Unclaimed, t.Unfit, t.Forged, bytesize.Format(t.UnsentBytes), t.Lost, t.HandlerErrors)
}

func peerTable(w io.Writer, i *inspect.Inspection) {
	if len(i.Peers) == 0 {
		return
	}
	fmt.Fprintln(w, "\nPEER\tFOR\tSENT\tRECEIVED\tDROPPED\tQUEUE\tSUBSCRIBES TO")
	for _, p := range i.Peers {
		fmt.Fprintf(w, "%s\t%v\t%d\t%d\t%d\t%s\t%s\n", p.Name, age(i, p.Since), p.Sent.Events, p.Received.Events, p.Dropped,
			queueText(p.Queue), interestText(p.Subscriptions))
	}
}

// differenceTable lists the event types that differ between the endpoint and a peer, and their
// differing fields.
func differenceTable(w io.Writer, i *inspect.Inspection) {
	title := "\nDIFFERS WITH\tTYPE\tEVENTS PASS\tFIELDS\n"
	for _, p := range i.Peers {
		for _, d := range p.Differing {
			passes := "yes"
			if d.Mismatch {
				passes = "no"
			}
			for _, field := range d.Fields {
				fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\n", title, p.Name, d.Type, passes, field)
				title = ""
			}
		}
	}
}

func subscriptionTable(w io.Writer, i *inspect.Inspection) {
	if len(i.Subscriptions) == 0 {
		return
	}
	fmt.Fprintln(w, "\nSUBSCRIPTION\tBY\tQUEUE\tTAKEN\tDROPPED\tWHEN FULL\tGROUP")
	for _, s := range i.Subscriptions {
		by := "stream"
		if s.Handler {
			by = "handler"
		}
		queue := queueText(inspect.Queue{Events: s.Queued, Bytes: s.QueuedBytes, Limit: s.Limit})
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\n", s.Type, by, queue, s.Taken, s.Dropped, s.WhenFull, s.Group)
	}
}

// inFlightTable lists the events in flight.
func inFlightTable(w io.Writer, i *inspect.Inspection) {
	title := "\nUNDER WAY TO\tTYPE\tBYTES\tBROADCASTS THAT WAIT\n"
	show := func(name string, windows []inspect.Window) {
		for _, l := range windows {
			if l.UnderWay == 0 && l.Waiting == 0 {
				continue
			}
			fmt.Fprintf(w, "%s%s\t%s\t%s of %s\t%d\n", title, name, l.Type, bytesize.Format(l.UnderWay), limitText(l.Window), l.Waiting)
			title = ""
		}
	}
	show("itself", i.Local)
	for _, p := range i.Peers {
		show(p.Name, p.Windows)
	}
}

func tapTable(w io.Writer, i *inspect.Inspection) {
	if len(i.Taps) == 0 {
		return
	}
	fmt.Fprintln(w, "\nTAP\tSHOWN\tLOST\tQUEUE\tTYPES")
	for n, t := range i.Taps {
		types := strings.Join(t.Types, " ")
		switch {
		case !t.Events:
			types = "no events"
		case types == "":
			types = "all"
		}
		fmt.Fprintf(w, "%d\t%d\t%d\t%s\t%s\n", n+1, t.Shown, t.Lost, queueText(t.Queue), types)
	}
}

func queueText(q inspect.Queue) string {
	text := fmt.Sprintf("%d, %s of %s", q.Events, bytesize.Format(q.Bytes), limitText(q.Limit))
	if q.Waiting > 0 {
		text += fmt.Sprintf(", %d broadcasts wait", q.Waiting)
	}
	return text
}

func limitText(n int) string {
	if n == 0 {
		return "any"
	}
	return bytesize.Format(n)
}

// interestText names a few of the types, and counts the rest.
func interestText(all []inspect.Interest) string {
	const most = 3
	var names []string
	for n, i := range all {
		if n == most {
			names = append(names, fmt.Sprintf("and %d more", len(all)-most))
			break
		}
		names = append(names, i.Type)
	}
	if names == nil {
		return "nothing"
	}
	return strings.Join(names, ", ")
}
