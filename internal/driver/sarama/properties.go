package sarama

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"

	"kbench/internal/driver"
)

// overlay lays the client's own properties over conf, and has the library check it all. They are the paths of fields of
// sarama.Config. Those that this driver could not work without are refused. path is where the scenario has them.
func overlay(conf *sarama.Config, path string, own map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(own)) {
		if err := driver.CheckOwn(name, path, key); err != nil {
			return err
		}
		if err := setField(conf, key, own[key]); err != nil {
			return fmt.Errorf("sarama: %s: %s: %w; name a field of sarama.Config with its value, such as Net.KeepAlive: %w", path, key, err, driver.ErrUnsupported)
		}
	}
	if err := conf.Validate(); err != nil {
		return fmt.Errorf("sarama: new configuration: %w: %w", err, driver.ErrUnsupported)
	}
	return nil
}

// reserved reports whether a field is this driver's own to set.
func reserved(path string) bool {
	return slices.Contains([]string{"ClientID", "Producer.Partitioner", "Consumer.Offsets.AutoCommit.Enable"}, path) ||
		slices.ContainsFunc([]string{"Producer.Transaction.", "Producer.Return.", "Consumer.Return.", "Net.Proxy.", "Net.TLS.", "Net.SASL."},
			func(group string) bool { return strings.HasPrefix(path, group) })
}

// setField sets the field at path, such as Producer.Flush.Messages, from text. Where it knows no field, its error does not
// show text: it may be a secret.
func setField(conf *sarama.Config, path, text string) error {
	if reserved(path) {
		return fmt.Errorf("kbench sets it by other means")
	}
	v := reflect.ValueOf(conf).Elem()
	for part := range strings.SplitSeq(path, ".") {
		if v.Kind() == reflect.Struct {
			v = v.FieldByName(part)
		} else {
			v = reflect.Value{}
		}
		if !v.IsValid() || !v.CanSet() {
			return fmt.Errorf("there is no such field")
		}
	}
	var err error
	switch p := v.Addr().Interface().(type) {
	case *sarama.KafkaVersion:
		*p, err = sarama.ParseKafkaVersion(text)
		return err
	case *time.Duration:
		*p, err = time.ParseDuration(text)
		return err
	case encoding.TextUnmarshaler:
		return p.UnmarshalText([]byte(text))
	}
	return setScalar(v, text)
}

func setScalar(v reflect.Value, text string) error {
	switch {
	case v.Kind() == reflect.String:
		v.SetString(text)
		return nil
	case v.Kind() == reflect.Bool:
		b, err := strconv.ParseBool(text)
		v.SetBool(b)
		return err
	case v.CanInt():
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		v.SetInt(n)
		return err
	}
	return fmt.Errorf("it is no number, word, duration or truth value")
}

// fields calls visit with the path and the text of each scalar in v, a struct at path.
func fields(v reflect.Value, path string, visit func(path, text string)) {
	for i := range v.NumField() {
		f, at := v.Field(i), path+v.Type().Field(i).Name
		switch p := f.Interface().(type) {
		case encoding.TextMarshaler, fmt.Stringer: // sarama.KafkaVersion, time.Duration, codecs
			if f.Kind() != reflect.Interface && f.Kind() != reflect.Pointer {
				visit(at, fmt.Sprint(p))
			}
			continue
		}
		switch {
		case f.Kind() == reflect.Struct:
			fields(f, at+".", visit)
		case f.Kind() == reflect.String, f.Kind() == reflect.Bool, f.CanInt():
			visit(at, fmt.Sprint(f.Interface()))
		}
	}
}
