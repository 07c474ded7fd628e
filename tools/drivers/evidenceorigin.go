package drivers

import (
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/tools/recording"
)

// apart are entries that stand for one event each.
func apart(all []recording.Entry) (each []recording.Entry) {
	for _, r := range all {
		for k := range uint64(max(1, r.Count)) {
			one := r
			one.ID.Sequence, one.Count = r.ID.Sequence+k, 0
			each = append(each, one)
		}
	}
	return each
}

// sentBy says who had sent an event, when and in which step.
func (v *evidence) sentBy(r recording.Entry) string {
	for j, d := range v.drivers {
		sent := v.last(j, recording.Sent, of(lastOf(r)))
		if sent == nil {
			continue
		}
		when := fmt.Sprintf("by %s %s earlier", d.name, short(max(0, r.At-sent.At)))
		exact := *sent
		exact.ID, exact.Count = lastOf(r), 0
		return when + v.stepOf(j, exact)
	}
	return "by " + r.Peer
}

// stepOf says in which step a driver sent something; "" if that cannot be told.
func (v *evidence) stepOf(driver int, sent recording.Entry) string {
	t := event(sent.Event)
	if !sent.Answers.IsZero() {
		return v.answerOf(driver, t)
	}
	steps, sources := v.sendingSteps(driver, t)
	switch n, of := v.ordinal(driver, sent); {
	case !v.sends(driver, t):
		return ", in a function"
	case of == len(steps) && n < of:
		own, _ := ownOf(steps[n].action)
		return fmt.Sprintf(", with its action %d, %s%s", steps[n].top, limit(own.String(), maxArg), inBrackets(sources[n]))
	}
	return ""
}

// sends reports whether any action of a driver sends events of a type.
func (p *plan) sends(driver int, t event) bool {
	return slices.ContainsFunc(p.steps[driver], func(s step) bool {
		return slices.ContainsFunc(s.does.sends, func(sent sending) bool { return sent.event == t })
	})
}

// sendingSteps are the steps that a driver began which send an event of a type each, in order.
func (v *evidence) sendingSteps(driver int, t event) (steps []step, sources []string) {
	for _, past := range v.courses[driver].Past {
		for _, s := range v.steps[driver] {
			own, ok := ownOf(s.action)
			if ok && past.Index == s.top && (Stand{Action: past.Action}).is(own) && len(s.does.subscribes) == 0 &&
				slices.ContainsFunc(s.does.sends, func(sent sending) bool { return sent.event == t && !sent.answer }) {
				steps, sources = append(steps, s), append(sources, past.Source.String())
				break
			}
		}
	}
	return steps, sources
}

// ordinal is the number of an event among those of its type that a driver sent, and how many
// answerOf names the step whose handler answers with a type, if that is one.
func (v *evidence) answerOf(driver int, t event) string {
	found := ""
	for _, s := range v.steps[driver] {
		own, ok := s.own()
		if began, _ := v.ran(driver, s); !ok || began.IsZero() || !slices.ContainsFunc(s.does.sends, func(sent sending) bool { return sent.event == t && sent.answer }) {
			continue
		}
		if found != "" {
			return ", as an answer"
		}
		found = fmt.Sprintf(", as the answer of its action %d, %s%s", s.top, limit(own.String(), maxArg), inBrackets(own.source.String()))
	}
	if found == "" {
		return ", as an answer"
	}
	return found
}

func inBrackets(place string) string {
	if place == "" {
		return ""
	}
	return " (" + place + ")"
}
